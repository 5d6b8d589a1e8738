import * as v from "valibot";
import { defaultDegradedAt } from "../../control/nearly-full.ts";
import { defaultQueue } from "../../job/job-type.ts";
import { shortestIntervalMs } from "../../job/schedule.ts";
import type { JobFunction } from "../../runner/job-context.ts";
import { authSchema } from "./auth-schema.ts";
import { count, countForEditors, isCount, largestCount, text } from "./count-and-text.ts";
import { scheduleProblems } from "./declared-schedule.ts";
import { durationPattern, parseDuration } from "./duration.ts";
import { isPlainObject, notes, oneOf, section, value, wholeCheck } from "./expectation.ts";
import { listenSchema, logSchema, storeSchema } from "./overridable.ts";
import { tlsSchema } from "./tls-schema.ts";
import { isHostName, isOrigin } from "./web-names.ts";
import { processSchema, threadSchema } from "./work-schema.ts";

/**
 * What a configuration file may say, with the defaults. What depends on several fields, and the names of job
 * types, are checked where they are put together: `lanes.ts`, `declared-types.ts`.
 */

/** Taking a command out of a queue is a search through it: of this length it is still over in microseconds. */
const largestCapacity = 100_000;

/** The milliseconds of a duration. */
function duration(leastMs: number, least: string) {
  const isDuration = (input: unknown): input is string =>
    typeof input === "string" && (parseDuration(input) ?? -1) >= leastMs;
  return v.pipe(
    value(`a duration of at least ${least}, such as 500ms, 10s, 5m or 1h30m`, isDuration, {
      type: "string",
      pattern: durationPattern,
    }),
    v.transform((text) => parseDuration(text) ?? 0),
  );
}

const capacity = count(0, largestCapacity);
const fullMode = oneOf("wait", "drop-write", "drop-newest", "drop-oldest");
const laneSection = section({ capacity: v.optional(capacity), fullMode: v.optional(fullMode) });
const laneCapacity = value(
  `a whole number from 0 to ${largestCapacity}, or an object`,
  isCount(0, largestCapacity),
  countForEditors(0, largestCapacity),
);
const lane = v.lazy((input) => (typeof input === "object" ? laneSection : laneCapacity));

const channel = section({
  capacity: v.optional(capacity, 100),
  fullMode: v.optional(fullMode, "wait"),
  maxWaiters: v.optional(count(0), 1_000),
  degradedAt: v.optional(between(0.01, 1), defaultDegradedAt),
  lanes: v.optional(
    section({
      critical: v.optional(lane),
      high: v.optional(lane),
      normal: v.optional(lane),
      low: v.optional(lane),
    }),
    {},
  ),
});

const perSecond = value("a number above 0", isRate, { type: "number", exclusiveMinimum: 0 });
const rateSection = v.pipe(
  section({
    perSecond: v.optional(perSecond, 1_000),
    burst: v.optional(count(1)),
  }),
  // A burst of the default length beside a slow rate would surprise.
  v.transform(({ perSecond, burst = Math.ceil(perSecond) }) => ({ perSecond, burst })),
);
const unlimited = value("unlimited, or an object with perSecond, burst", (input) => input === "unlimited", {
  const: "unlimited",
});
const rate = v.lazy((input) => (typeof input === "object" ? rateSection : unlimited));

function isRate(input: unknown): input is number {
  return Number.isFinite(input) && Number(input) > 0 && Number(input) <= largestCount;
}

const admission = v.pipe(
  section({ perSecond, burst: v.optional(count(1)) }),
  v.transform(({ perSecond, burst = Math.ceil(perSecond) }) => ({ perSecond, burst })),
);

const watch = section({
  ring: v.optional(count(1), 10_000),
  maxWatchers: v.optional(count(1), 20_000),
  bookmark: v.optional(duration(100, "100ms"), "15s"),
});

const web = section({
  hosts: v.optional(listOf("a list of host names without ports, such as [jobs.example.com]", isHostName), []),
  origins: v.optional(listOf("a list of origins, such as [https://jobs.example.com]", isOrigin), []),
  maxConnections: v.optional(count(1), 2_000),
});

function listOf(expected: string, isEntry: (text: string) => boolean) {
  const isList = (input: unknown): input is string[] =>
    Array.isArray(input) && input.every((entry) => typeof entry === "string" && isEntry(entry));
  return value(expected, isList, { type: "array", items: { type: "string" } });
}

const drain = section({ timeout: v.optional(duration(0, "0s"), "30s") });

const schedule = v.pipe(
  section({
    interval: v.optional(duration(shortestIntervalMs, `${shortestIntervalMs}ms`)),
    cron: v.optional(text),
    timeZone: v.optional(text),
    jitter: v.optional(duration(0, "0s")),
    overlap: v.optional(oneOf("skip", "buffer-one", "cancel-running"), "skip"),
    catchUp: v.optional(duration(0, "0s"), "0s"),
  }),
  wholeCheck(scheduleProblems),
  notes({ exactlyOne: ["interval", "cron"] }),
);

const queue = section({
  capacity: v.optional(count(0), defaultQueue.capacity),
  fullMode: v.optional(fullMode, defaultQueue.fullMode),
});

const retry = section({
  maxAttempts: count(2, 1000),
  initialInterval: v.optional(duration(1, "1ms"), "1s"),
  maxInterval: v.optional(duration(1, "1ms"), "1m"),
  multiplier: v.optional(between(1, 10), 2),
  jitter: v.optional(between(0, 1), 0.2),
});

const breaker = section({
  failures: v.optional(count(1), 5),
  halfOpenAfter: v.optional(duration(1, "1ms"), "30s"),
});

function between(least: number, most: number) {
  const isBetween = (input: unknown): input is number =>
    typeof input === "number" && input >= least && input <= most;
  return value(`a number from ${least} to ${most}`, isBetween, {
    type: "number",
    minimum: least,
    maximum: most,
  });
}

const work = {
  process: v.optional(processSchema),
  function: v.optional(text),
  thread: v.optional(threadSchema),
  run: v.optional(value("a function, which only a .ts or .js file can have", isFunction)),
};

const kindsOfWork = Object.keys(work);

const fallback = v.pipe(
  section({ ...work, type: v.optional(text) }),
  notes({ exactlyOne: [...kindsOfWork, "type"] }),
);

const works = { ...work, fallback: v.optional(fallback) };

/** Of a type only what it does. */
export const worksSchema = section(works);
export const workKeys: readonly string[] = Object.keys(works);

/** Job types are named like jobs, because each is also a job of its name. */
export const typeNamePattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;

const typeEntries = {
  ...work,
  schedule: v.optional(schedule),
  timeout: v.optional(duration(1, "1ms")),
  retry: v.optional(retry),
  breaker: v.optional(breaker),
  fallback: v.optional(fallback),
  concurrency: v.optional(count(1)),
  queue: v.optional(queue, {}),
  onLost: v.optional(oneOf("restart", "fail"), "fail"),
  stopGrace: v.optional(duration(0, "0s"), "10s"),
  retention: v.optional(duration(0, "0s"), "24h"),
  template: v.optional(
    value("true or false", (input) => typeof input === "boolean", { type: "boolean" }),
    false,
  ),
};

export const typeKeys: readonly string[] = Object.keys(typeEntries);
export const typeSchema = v.pipe(section(typeEntries), notes({ exactlyOne: kindsOfWork }));

function isFunction(input: unknown): input is JobFunction {
  return typeof input === "function";
}

export type CheckedWork = Pick<CheckedType, keyof typeof work>;
export type CheckedWorks = v.InferOutput<typeof worksSchema>;
export type CheckedType = v.InferOutput<typeof typeSchema>;

const types = v.pipe(
  value("an object with the names of job types", isPlainObject),
  notes({ members: typeSchema, memberName: typeNamePattern.source }),
);

/** The types are left as they are, to be checked one by one with `typeSchema`. */
export const configSchema = section({
  listen: v.optional(listenSchema, "127.0.0.1:50051"),
  store: v.optional(storeSchema, "sqlite:./jobcontrol.db"),
  channel: v.optional(channel, {}),
  rate: v.optional(rate, {}),
  watch: v.optional(watch, {}),
  drain: v.optional(drain, {}),
  web: v.optional(web, {}),
  tls: v.optional(tlsSchema),
  auth: v.optional(authSchema),
  admission: v.optional(admission),
  log: v.optional(logSchema, "pretty"),
  types: v.optional(types, {}),
});

export type CheckedConfig = v.InferOutput<typeof configSchema>;
