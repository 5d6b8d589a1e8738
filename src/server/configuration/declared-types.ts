import { statSync } from "node:fs";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { JobType } from "../../job/job-type.ts";
import type { JobFunction } from "../../runner/job-context.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Work } from "../../runner/work.ts";
import { type CheckedType, typeSchema } from "./config-schema.ts";
import type { DeclaredType } from "./configuration.ts";
import { ConfigurationError, type Place } from "./configuration-error.ts";
import { declaredSchedule } from "./declared-schedule.ts";
import { check, fieldOf } from "./expectation.ts";

/** Where the types were declared. */
export interface TypesSource {
  /** Unset where it is no file's. */
  readonly file?: string | undefined;
  /** From which relative paths are taken. */
  readonly folder: string;
}

/** Checks the declared types one by one, and imports the functions that are named by their file. */
export async function declaredTypes(
  types: Readonly<Record<string, unknown>>,
  source: TypesSource,
): Promise<DeclaredType[]> {
  const declared: DeclaredType[] = [];
  for (const [name, input] of Object.entries(types)) declared.push(await declaredType(name, input, source));
  return declared;
}

/** Job types are named like jobs, because each is also a job of its name. */
const namePattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

async function declaredType(name: string, input: unknown, source: TypesSource): Promise<DeclaredType> {
  const { file } = source;
  const field = fieldOf(["types", name]);
  if (!namePattern.test(name)) {
    const problem = "expected a name of at most 128 letters, digits and ._:@-, a letter or digit first";
    throw new ConfigurationError({ file, field }, problem);
  }
  const checked = check(typeSchema, input, (wrong) => {
    const separator = wrong.field === "" || wrong.field.startsWith("[") ? "" : ".";
    return new ConfigurationError({ file, field: `${field}${separator}${wrong.field}` }, wrong.problem);
  });
  return {
    type: jobTypeOf(name, checked, { file, field }),
    work: await workOf(checked, { ...source, field }),
  };
}

function jobTypeOf(name: string, checked: CheckedType, { file, field }: Place): JobType {
  const { schedule, timeout, retry, queue, onLost, stopGrace, retention, template } = checked;
  return {
    name,
    schedule: schedule && declaredSchedule(schedule, { file, field: `${field}.schedule` }),
    timeoutMs: timeout,
    retry: retry && {
      maxAttempts: retry.maxAttempts,
      initialMs: retry.initialInterval,
      maxMs: Math.max(retry.initialInterval, retry.maxInterval),
      multiplier: retry.multiplier,
      jitter: retry.jitter,
    },
    concurrency: concurrencyOf(checked),
    queue,
    onLost,
    stopGraceMs: stopGrace,
    retentionMs: retention,
    template,
  };
}

/** More threads than are kept would only share the cores; who comes too many waits, and can be seen to. */
function concurrencyOf({ concurrency, thread }: CheckedType): number | undefined {
  return concurrency ?? (thread && Math.max(1, thread.pool));
}

interface TypeSource extends TypesSource {
  readonly field: string;
}

async function workOf(checked: CheckedType, source: TypeSource): Promise<Work> {
  const { process, run, thread, function: path } = checked;
  const kinds = kindsOfWork.filter((kind) => checked[kind] !== undefined);
  if (kinds.length !== 1) {
    const found = kinds.length === 0 ? "none" : kinds.join(" and ");
    throw new ConfigurationError(source, `expected exactly one of ${kindsOfWork.join(", ")}, found ${found}`);
  }
  if (run !== undefined) return { kind: "function", run };
  if (process !== undefined) {
    return { kind: "process", ...process, cwd: resolve(source.folder, process.cwd ?? ".") };
  }
  if (thread !== undefined) {
    const { pool, memory: memoryBytes } = thread;
    return { kind: "thread", module: findModule(thread.module, source), pool, memoryBytes };
  }
  return { kind: "function", run: await importRun(path ?? "", source) };
}

const kindsOfWork = ["process", "function", "thread", "run"] as const;

/** The URL of a module that threads will load. That takes time, so no more is seen to here than that it is there. */
function findModule(path: string, { file, folder, field }: TypeSource): string {
  const module = resolve(folder, path);
  if (statSync(module, { throwIfNoEntry: false })?.isFile()) return pathToFileURL(module).href;
  throw new ConfigurationError({ file, field: `${field}.thread` }, `no such file: ${module}`);
}

async function importRun(path: string, { file, folder, field }: TypeSource): Promise<JobFunction> {
  const place = { file, field: `${field}.function` };
  const { href } = pathToFileURL(resolve(folder, path));
  const module: Record<string, unknown> = await import(/* @vite-ignore */ href).catch((error: unknown) => {
    throw new ConfigurationError(place, `cannot import it: ${thrownText(error)}`, { cause: error });
  });
  const { run } = module;
  if (typeof run === "function") return run as JobFunction;
  const names = Object.keys(module).join(", ") || "nothing";
  throw new ConfigurationError(
    place,
    `expected a module that exports run(ctx), found one that exports ${names}`,
  );
}
