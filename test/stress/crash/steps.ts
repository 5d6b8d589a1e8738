import fc from "fast-check";
import { weighted } from "../weighted.ts";
import type { Order } from "./evidence.ts";

/** The jobs, by the type that a Start makes them of. Few, so that callers meet; `process` is declared as a job. */
export const typeOfJob: ReadonlyMap<string, string> = new Map([
  ...["task-0", "task-1"].map((jobId) => [jobId, "task"] as const),
  ...["hold-0", "hold-1"].map((jobId) => [jobId, "hold"] as const),
  ...["again-0", "again-1"].map((jobId) => [jobId, "again"] as const),
  ...Array.from({ length: 5 }, (_, number) => [`queued-${number}`, "queued"] as const),
  ...["tick-0", "tick-1"].map((jobId) => [jobId, "tick"] as const),
  ["process", "process"],
]);

export const jobIds: readonly string[] = [...typeOfJob.keys()];

/** Those that can be paused: they have a schedule, or may have to wait for a slot. */
const paused = jobIds.filter((jobId) => jobId.startsWith("tick") || jobId.startsWith("queued"));

/** How many callers there are, each with one call at a time. */
export const callers = 12;

const caller = fc.nat(callers - 1);
const jobId = fc.constantFrom(...jobIds);

/** What is asked of jobs that this can be asked of, most of the time. */
const anyOrder: fc.Arbitrary<Order> = fc
  .record({
    what: fc.oneof(
      weighted(5, { kind: fc.constantFrom("start", "start", "stop"), jobId }),
      weighted(3, {
        kind: fc.constantFrom("start", "pause", "resume", "trigger"),
        jobId: fc.constantFrom(...paused),
      }),
      weighted(1, { kind: fc.constantFrom("pause", "resume", "trigger"), jobId }),
    ),
    conflictPolicy: fc.constantFrom("use-existing", "use-existing", "fail", "replace"),
    replyMode: fc.constantFrom("applied", "applied", "accepted"),
    waits: fc.boolean(),
    force: fc.boolean(),
    inputSize: fc.constantFrom(0, 0, 40_000),
  })
  .map(({ what, waits, ...made }) => {
    const wait = waits && what.kind === "stop" && made.replyMode === "applied";
    return { ...what, ...made, wait };
  });

const anyStep = fc.oneof(
  weighted(10, { kind: fc.constant("order" as const), caller, order: anyOrder }),
  /** A request that has been answered before, once more. */
  weighted(2, { kind: fc.constant("repeat" as const), caller, at: fc.nat() }),
  weighted(2, { kind: fc.constant("read" as const), caller, jobId }),
);

export type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

/** From the start of a server until it is killed: after so many answers, and turns of the event loop. */
const anyLife = fc
  .record({
    steps: fc.array(anyStep, { minLength: 180, maxLength: 220, size: "max" }),
    answered: fc.integer({ min: 30, max: 90 }),
    turns: fc.constantFrom(0, 0, 0, 1, 5, 20),
    /** How many commands a second the server applies: where it applies them all at once, few have to wait. */
    rate: fc.constantFrom("unlimited", "200"),
    /** Unset: none. Else one comes before that is killed so soon that it may not get ready. */
    stillbornMs: fc.option(fc.nat(500), { nil: undefined, freq: 1 }),
  })
  .map(({ answered, ...life }) => ({ ...life, answers: Math.ceil((life.steps.length * answered) / 100) }));

export type Life = typeof anyLife extends fc.Arbitrary<infer Value> ? Value : never;

/** The lives of the servers on one store; the same for the same seed. */
export function livesOf(seed: number): readonly Life[] {
  const anyLives = fc.array(anyLife, { minLength: kills, maxLength: kills });
  return fc.sample(anyLives, { seed, numRuns: 1 }).flat();
}

const kills = 6;
