import fc from "fast-check";
import { Core } from "../../src/control/core.ts";
import type { Call } from "../../src/control/job-control.ts";
import type { Engine, EngineStats } from "../../src/engine/engine.ts";
import type { LaneOptions } from "../../src/engine/local/lane-options.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { type Priority, priorities } from "../../src/job/command.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { TokenBucket } from "../../src/limiter/token-bucket.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { jobType } from "../job/job-type.ts";
import { type Command, send } from "./commands.ts";

export interface FloodOptions {
  readonly lanes: readonly Omit<LaneOptions, "priority">[];
  readonly maxWaiters: number;
  /** Unset: the flood goes on to its end. */
  readonly drainAtMs?: number | undefined;
}

/** One of those who come at about the same time, each with a job of its own. */
export interface Submitter {
  readonly what: "start" | "read" | "stop-another";
  readonly priority: Priority;
  readonly atMs: number;
  /** Unset: it waits as long as it takes. */
  readonly patienceMs: number | undefined;
  /** Unset: it stays to the end. */
  readonly leavesAfterMs: number | undefined;
}

const maybe = (max: number) => fc.option(fc.integer({ min: 1, max }), { nil: undefined, freq: 2 });

/** Some hundreds of them, within a fifth of a second. */
export const anySubmitters: fc.Arbitrary<readonly Submitter[]> = fc.array(
  fc.record({
    what: fc.constantFrom("start" as const, "start" as const, "stop-another" as const, "read" as const),
    priority: fc.constantFrom(...priorities),
    atMs: fc.nat(200),
    patienceMs: maybe(400),
    leavesAfterMs: maybe(400),
  }),
  { minLength: 200, maxLength: 300, size: "max" },
);

/** What became of one of them. */
export interface Told {
  readonly submitter: Submitter;
  readonly jobId: string;
  /** An outcome, or the code of the refusal. */
  readonly fate: string;
  readonly sentAtMs: number;
  readonly toldAtMs: number;
}

export interface Flooded {
  readonly submitters: number;
  readonly told: readonly Told[];
  /** The fates of the commands that the engine accepted, by outcome. */
  readonly settled: ReadonlyMap<string, number>;
  readonly accepted: number;
  /** The id of the job of every run that began. */
  readonly ran: readonly string[];
  /** The fullest that each lane ever was. */
  readonly fullest: readonly { readonly depth: number; readonly waitingWriters: number }[];
}

/** Lets them all loose on a core with real work behind it: through controller, lanes, bucket, consumer and runner. */
export async function flood(options: FloodOptions, submitters: readonly Submitter[]): Promise<Flooded> {
  const clock = new FakeClock();
  const ran: string[] = [];
  const watched = watchedEngine(options, clock);
  const core = createCore(watched.engine, clock, ran);
  await core.start();
  const told: Told[] = [];
  for (const [index, submitter] of submitters.entries())
    clock.setTimer(momentOf(submitter, submitters[index >> 1]), () => {
      void submit(core, { submitter, index, clock }).then((fate) => told.push(fate));
      watched.look();
    });
  const { drainAtMs } = options;
  if (drainAtMs !== undefined) clock.setTimer(drainAtMs, () => void drain(core));
  await clock.advance(10_000);
  await core[Symbol.asyncDispose]();
  const { settled, accepted, fullest } = watched;
  return { submitters: submitters.length, told, settled, accepted: accepted(), ran, fullest };
}

/** Who stops another's job comes soon after him, so that some get there before. */
function momentOf({ what, atMs }: Submitter, other: Submitter | undefined): number {
  return what === "stop-another" && other !== undefined ? other.atMs + (atMs % 20) : atMs;
}

async function drain(core: Core): Promise<void> {
  await core.drain({ timeoutMs: 20 });
  await core[Symbol.asyncDispose]();
}

/** An engine that counts what it accepts, and what becomes of that. */
function watchedEngine({ lanes, maxWaiters }: FloodOptions, clock: FakeClock) {
  const engine = createLocalEngine({
    store: createMemoryStore(),
    clock,
    maxWaiters,
    lanes: priorities.map((priority, index) => ({ priority, ...lane(lanes, index) })),
  });
  const settled = new Map<string, number>();
  const fullest = priorities.map(() => ({ depth: 0, waitingWriters: 0 }));
  const submit = engine.submit.bind(engine);
  let accepted = 0;
  engine.submit = async (...args) => {
    const ticket = await submit(...args);
    accepted++;
    void ticket.settled().then(({ receipt: { outcome } }) => {
      settled.set(outcome, (settled.get(outcome) ?? 0) + 1);
    });
    return ticket;
  };
  const look = () => keepFullest(fullest, engine.stats());
  return { engine, settled, fullest, look, accepted: () => accepted };
}

function lane(lanes: FloodOptions["lanes"], index: number): Omit<LaneOptions, "priority"> {
  return lanes[index % lanes.length] ?? { capacity: 1, fullMode: "wait" };
}

function keepFullest(fullest: { depth: number; waitingWriters: number }[], { lanes }: EngineStats): void {
  for (const [index, most] of fullest.entries()) {
    most.depth = Math.max(most.depth, lanes[index]?.depth ?? 0);
    most.waitingWriters = Math.max(most.waitingWriters, lanes[index]?.waitingWriters ?? 0);
  }
}

function createCore(engine: Engine, clock: FakeClock, ran: string[]): Core {
  const run = ({ jobId }: { jobId: string }) => void ran.push(jobId);
  return new Core({
    engine,
    clock,
    runner: createRunner({ works: new Map([["work", { kind: "function", run }]]), clock }),
    tokens: new TokenBucket({ rate: 500, burst: 5, clock }),
    types: [jobType({ name: "work", template: true, stopGraceMs: 100, retentionMs: 60_000 })],
    watch: { ring: 1000, maxWatchers: 1, bookmarkMs: 15_000 },
  });
}

interface Submission {
  readonly submitter: Submitter;
  readonly index: number;
  readonly clock: FakeClock;
}

async function submit(core: Core, { submitter, index, clock }: Submission): Promise<Told> {
  const { patienceMs, leavesAfterMs } = submitter;
  const caller = new AbortController();
  const sentAtMs = clock.now();
  const deadlineMs = patienceMs === undefined ? undefined : sentAtMs + patienceMs;
  const call: Call = { signal: caller.signal, deadlineMs, peer: "flood" };
  const command = commandOf(submitter, index);
  if (leavesAfterMs !== undefined) clock.setTimer(leavesAfterMs, () => caller.abort());
  const fate = await fateOf(core, command, call);
  return { submitter, jobId: command.jobId, fate, sentAtMs, toldAtMs: clock.now() };
}

function commandOf({ what, priority }: Submitter, index: number): Command {
  const plain = { priority, validateOnly: false, replyMode: "applied", etag: "none" } as const;
  switch (what) {
    case "start":
      return { kind: "start", jobId: `job-${index}`, ...plain, conflictPolicy: "fail", labels: {} };
    case "stop-another":
      return {
        kind: "stop",
        jobId: `job-${index >> 1}`,
        ...plain,
        ...overtaking,
        scope: "job",
        force: false,
      };
    case "read":
      return { kind: "get-status", jobId: `job-${index >> 1}`, priority };
  }
}

const overtaking = { priority: "critical" } as const;

async function fateOf(core: Core, command: Command, call: Call): Promise<string> {
  try {
    return (await send(core.control, command, { requestId: "", etag: "", jobType: "work", call })).outcome;
  } catch (error) {
    if (error instanceof JobControlError) return error.code;
    throw error;
  }
}
