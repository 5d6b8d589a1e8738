import type { JobType } from "../../job/job-type.ts";
import {
  type CheckedType,
  type CheckedWorks,
  typeKeys,
  typeNamePattern,
  typeSchema,
  workKeys,
  worksSchema,
} from "./config-schema.ts";
import type { DeclaredType } from "./configuration.ts";
import { ConfigurationError } from "./configuration-error.ts";
import {
  declaredFallback,
  type NamedTypes,
  type PartlyDeclared,
  withFallbackTypes,
} from "./declared-fallback.ts";
import { declaredSchedule } from "./declared-schedule.ts";
import { declaredWork, type TypesSource, type WorkSource } from "./declared-work.ts";
import { everyStep } from "./every-step.ts";
import { check, isPlainObject, type Wrong } from "./expectation.ts";
import { fieldOf } from "./field-path.ts";
import { KnownNames } from "./known-names.ts";
import { nearest } from "./nearest.ts";

/** Checks the declared types one by one, and imports the functions that are named by their file. */
export async function declaredTypes(
  types: Readonly<Record<string, unknown>>,
  source: TypesSource,
): Promise<DeclaredType[]> {
  const names = new KnownNames(Object.keys(types));
  const declared = await everyStep(
    Object.entries(types).map(
      ([name, input]) =>
        () =>
          declaredType(name, input, { ...source, names }),
    ),
  );
  return withFallbackTypes(declared, source);
}

async function declaredType(name: string, input: unknown, source: NamedTypes): Promise<PartlyDeclared> {
  const { file } = source;
  const field = fieldOf(["types", name]);
  if (!typeNamePattern.test(name)) {
    const problem = "expected a name of at most 128 letters, digits and ._:@-, a letter or digit first";
    throw new ConfigurationError({ file, field }, problem);
  }
  const onWrong = (wrong: Wrong) => {
    const separator = wrong.field === "" || wrong.field.startsWith("[") ? "" : ".";
    return new ConfigurationError({ file, field: `${field}${separator}${wrong.field}` }, wrong.problem);
  };
  const fields = isPlainObject(input) ? input : check(typeSchema, input, onWrong);
  const [checked, works] = await everyStep([
    () => check(typeSchema, fields, onWrong),
    // Where they are right they are looked at also if something else of the type is not.
    () => declaredWorks(worksIn(fields, onWrong), { ...source, field }),
  ]);
  return { type: jobTypeOf(name, checked), ...works };
}

/** A work whose key is misspelt is not one that is missing: then no more is told than what is wrong with the fields. */
function worksIn(fields: object, onWrong: (wrong: Wrong) => ConfigurationError): CheckedWorks {
  const keys = Object.keys(fields);
  const isMisspelt = keys.some(
    (key) => !typeKeys.includes(key) && workKeys.includes(nearest(key, typeKeys) ?? ""),
  );
  if (isMisspelt) return check(typeSchema, fields, onWrong);
  const works = Object.entries(fields).filter(([key]) => workKeys.includes(key));
  return check(worksSchema, Object.fromEntries(works), onWrong);
}

async function declaredWorks(
  checked: CheckedWorks,
  source: WorkSource & NamedTypes,
): Promise<Omit<PartlyDeclared, "type">> {
  const [work, fallback] = await everyStep([
    () => declaredWork(checked, source),
    () =>
      checked.fallback &&
      declaredFallback(checked.fallback, { ...source, field: `${source.field}.fallback` }),
  ]);
  return { work, fallback };
}

function jobTypeOf(name: string, checked: CheckedType): JobType {
  const { schedule, timeout, retry, breaker, queue, onLost, stopGrace, retention, template } = checked;
  return {
    name,
    schedule: schedule && declaredSchedule(schedule),
    timeoutMs: timeout,
    retry: retry && {
      maxAttempts: retry.maxAttempts,
      initialMs: retry.initialInterval,
      maxMs: Math.max(retry.initialInterval, retry.maxInterval),
      multiplier: retry.multiplier,
      jitter: retry.jitter,
    },
    breaker: breaker && { failures: breaker.failures, halfOpenAfterMs: breaker.halfOpenAfter },
    hasFallback: checked.fallback !== undefined,
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
