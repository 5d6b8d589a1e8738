import { resolve } from "node:path";
import { configuredStore } from "../../server/configuration/load-configuration.ts";
import { backupStore, checkStore, compactStore } from "../../server/store-files.ts";
import { CliError, exitCode } from "../exit-code.ts";
import { jsonText } from "../output/json-text.ts";
import { print } from "../output/print.ts";
import { refuseUnusable } from "../unusable.ts";

/** Where the store is, as for `serve`. */
export interface DbOptions {
  readonly config?: string;
  readonly store?: string;
  readonly json?: boolean;
}

/** Reads all of the store, also while a server uses it. */
export function check(options: DbOptions): Promise<void> {
  return onStore(options, (file) => {
    const { bytes, schema, ...rows } = checkStore(file);
    const counts = Object.entries(rows).map(([name, number]) => `${number} ${name}`);
    const text = `Sound: ${file}: ${counts.join(", ")}; ${megabytes(bytes)}, schema ${schema}`;
    return { text, json: { file, bytes, schema, ...rows } };
  });
}

/** Copies the store, also while a server uses it. */
export function backup(copy: string, options: DbOptions): Promise<void> {
  return onStore(options, (file) => {
    const path = resolve(copy);
    const { bytes } = backupStore(file, path);
    return { text: `Backed up to ${path}: ${megabytes(bytes)}`, json: { file, backup: path, bytes } };
  });
}

/** Gives back to the disk what is free in the store. No server may use it. */
export function compact(options: DbOptions): Promise<void> {
  return onStore(options, (file) => {
    const { before, after } = compactStore(file);
    const text = `Compacted: ${file}: ${megabytes(before)} to ${megabytes(after)}`;
    return { text, json: { file, before, after } };
  });
}

interface Done {
  readonly text: string;
  readonly json: object;
}

async function onStore({ config, store, json }: DbOptions, work: (file: string) => Done): Promise<void> {
  try {
    const sources = { file: config, cwd: process.cwd(), env: process.env, flags: { store } };
    const configured = await configuredStore(sources);
    if (configured === "memory:")
      throw new CliError(exitCode.usage, "The store is memory:, which has no file");
    const done = work(configured.file);
    print(json ? jsonText(done.json) : done.text);
  } catch (error) {
    refuseUnusable(error);
  }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
