import fc from "fast-check";
import { anyCommand, jobIds } from "./commands.ts";
import { anyWatch } from "./watches.ts";
import { weighted } from "./weighted.ts";

const at = fc.nat(9);

/** What can happen at one moment of a play. `at` picks one of the calls, runs or watches that there are. */
const anyStep = fc.oneof(
  weighted(14, {
    kind: fc.constant("command" as const),
    command: anyCommand,
    patienceMs: fc.oneof(
      { weight: 7, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 500 }) },
    ),
    /** Under a request id, so that it can be repeated. */
    isNamed: fc.boolean(),
  }),
  weighted(1, { kind: fc.constant("repeat" as const), at }),
  weighted(1, { kind: fc.constant("abort" as const), at }),
  weighted(1, { kind: fc.constant("snapshot-read" as const), jobId: fc.constantFrom(...jobIds) }),
  weighted(8, {
    kind: fc.constant("work" as const),
    what: fc.constantFrom("progress" as const, "succeed" as const, "fail" as const, "acknowledge" as const),
    at,
  }),
  weighted(4, {
    kind: fc.constant("advance" as const),
    ms: fc.constantFrom(0, 1, 20, 60, 60, 60, 500, 10_000),
  }),
  weighted(12, { kind: fc.constant("release" as const), count: fc.integer({ min: 1, max: 20 }) }),
  weighted(1, { kind: fc.constant("fail-commit" as const) }),
  weighted(3, { kind: fc.constant("watch" as const), watch: anyWatch }),
  weighted(8, { kind: fc.constant("read" as const), at }),
  weighted(1, { kind: fc.constant("cut" as const), at }),
  weighted(4, { kind: fc.constant("resume" as const), at }),
);

/** Long enough for something to build up. */
export const anySchedule = fc.array(anyStep, { minLength: 60, maxLength: 160, size: "max" });

export type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;
