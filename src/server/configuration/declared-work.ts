import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { JobFunction } from "../../runner/job-context.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Work } from "../../runner/work.ts";
import type { CheckedWork } from "./config-schema.ts";
import { ConfigurationError, type Place } from "./configuration-error.ts";
import { settled } from "./settled.ts";
import { thrownAt, unreadElsewhere } from "./thrown-at.ts";

/** Where the types were declared. */
export interface TypesSource {
  /** Unset where it is no file's. */
  readonly file?: string | undefined;
  /** From which relative paths are taken. */
  readonly folder: string;
  /** Unset: no more is seen to than that a start can succeed. */
  readonly inspectWork?: InspectWork | undefined;
}

/** Rejects with a `ConfigurationError` where something is wrong with a work that is declared at this place. */
export type InspectWork = (work: Work, place: Place) => Promise<void>;

/** Where a work is declared. */
export interface WorkSource extends TypesSource {
  readonly field: string;
}

/** The one work that is declared; a function that is named by its file is imported. */
export async function declaredWork(checked: CheckedWork, source: WorkSource): Promise<Work> {
  const work = await workOf(checked, source);
  await source.inspectWork?.(work, source);
  return work;
}

async function workOf(checked: CheckedWork, source: WorkSource): Promise<Work> {
  const { process, run, thread, function: path } = checked;
  exactlyOne(checked, kindsOfWork, source);
  if (run !== undefined) return { kind: "function", run };
  if (process !== undefined) {
    return { kind: "process", ...process, cwd: resolve(source.folder, process.cwd ?? ".") };
  }
  if (thread !== undefined) {
    const { pool, memory: memoryBytes } = thread;
    const module = findModule(thread.module, placeOf("thread", source), source);
    return { kind: "thread", module: pathToFileURL(module).href, pool, memoryBytes };
  }
  return { kind: "function", run: await importRun(path ?? "", source) };
}

function placeOf(key: "function" | "thread", { file, field }: WorkSource): Place {
  return { file, field: `${field}.${key}` };
}

export const kindsOfWork = ["process", "function", "thread", "run"] as const;

/** Throws a `ConfigurationError` unless exactly one of the keys is there. */
export function exactlyOne<Key extends string>(
  declared: { readonly [K in Key]?: unknown },
  keys: readonly Key[],
  place: Place,
): void {
  const there = keys.filter((key) => declared[key] !== undefined);
  if (there.length === 1) return;
  const found = there.length === 0 ? "none" : there.join(" and ");
  throw new ConfigurationError(place, `expected exactly one of ${keys.join(", ")}, found ${found}`);
}

/** The path of a module that is there. To load it takes time, and is left to the threads where it is theirs. */
function findModule(path: string, place: Place, { folder }: WorkSource): string {
  const module = resolve(folder, path);
  if (statSync(module, { throwIfNoEntry: false })?.isFile()) return module;
  throw new ConfigurationError(place, `no such file: ${module}`);
}

async function importRun(path: string, source: WorkSource): Promise<JobFunction> {
  const place = placeOf("function", source);
  const module = findModule(path, place, source);
  const { href } = pathToFileURL(module);
  const exported: Record<string, unknown> = await settled(import(/* @vite-ignore */ href)).catch(
    (error: unknown) => {
      const problem = `cannot import it: ${thrownText(error)}${whereThrown(error, module)}`;
      throw new ConfigurationError(place, problem, { cause: error });
    },
  );
  const { run } = exported;
  if (typeof run === "function") return run as JobFunction;
  const names = Object.keys(exported).join(", ") || "nothing";
  throw new ConfigurationError(
    place,
    `expected a module that exports run(ctx), found one that exports ${names}`,
  );
}

/** The end of a sentence, empty where Node does not tell. */
function whereThrown(error: unknown, module: string): string {
  const { line } = thrownAt(error, module);
  return line === undefined ? unreadElsewhere(error, module) : `, at ${module}:${line}`;
}
