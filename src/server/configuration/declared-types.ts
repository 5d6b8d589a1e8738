import type { JobType } from "../../job/job-type.ts";
import { type CheckedType, typeNamePattern, typeSchema } from "./config-schema.ts";
import type { DeclaredType } from "./configuration.ts";
import { ConfigurationError, type Place } from "./configuration-error.ts";
import {
  declaredFallback,
  type NamedTypes,
  type PartlyDeclared,
  withFallbackTypes,
} from "./declared-fallback.ts";
import { declaredSchedule } from "./declared-schedule.ts";
import { declaredWork, type TypesSource } from "./declared-work.ts";
import { everyStep } from "./every-step.ts";
import { check } from "./expectation.ts";
import { fieldOf } from "./field-path.ts";

/** Checks the declared types one by one, and imports the functions that are named by their file. */
export async function declaredTypes(
  types: Readonly<Record<string, unknown>>,
  source: TypesSource,
): Promise<DeclaredType[]> {
  const names = Object.keys(types);
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
  const checked = check(typeSchema, input, (wrong) => {
    const separator = wrong.field === "" || wrong.field.startsWith("[") ? "" : ".";
    return new ConfigurationError({ file, field: `${field}${separator}${wrong.field}` }, wrong.problem);
  });
  const [type, work, fallback] = await everyStep([
    () => jobTypeOf(name, checked, { file, field }),
    () => declaredWork(checked, { ...source, field }),
    () => checked.fallback && declaredFallback(checked.fallback, { ...source, field: `${field}.fallback` }),
  ]);
  return { type, work, fallback };
}

function jobTypeOf(name: string, checked: CheckedType, { file, field }: Place): JobType {
  const { schedule, timeout, retry, breaker, queue, onLost, stopGrace, retention, template } = checked;
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
