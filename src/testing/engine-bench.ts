import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import type { FullMode } from "../channel/index.ts";
import type {
  CommandQueue,
  Commit,
  Decision,
  Delivery,
  Engine,
  Lease,
  Recovered,
  Ticket,
} from "../engine/engine.ts";
import {
  type GetStatusCommand,
  type Priority,
  priorities,
  type StartCommand,
  type StopCommand,
} from "../job/command.ts";
import { type Change, createJob, type Job } from "../job/job.ts";
import type { EngineUnderTest } from "./engine-under-test.ts";
import { FakeClock } from "./fake-clock.ts";

export interface BenchOptions {
  /** Of every lane. Default: 4 */
  readonly capacity?: number;
  /** Default: wait */
  readonly fullMode?: FullMode;
  /** Default: 2 */
  readonly maxWaiters?: number;
  /** How many changes are kept. Default: 100 */
  readonly history?: number;
}

/** Opens engines for a case, and ends them after it. */
export class EngineBenches {
  readonly #engine: EngineUnderTest;
  readonly #opened: EngineBench[] = [];

  constructor(engine: EngineUnderTest) {
    this.#engine = engine;
  }

  async open(options?: BenchOptions): Promise<EngineBench> {
    const bench = await EngineBench.open(this.#engine, options);
    this.#opened.push(bench);
    return bench;
  }

  /** An engine on what the last one left behind. Its clock goes on from where the last one's is. */
  async recover(options?: BenchOptions): Promise<EngineBench> {
    const last = this.#opened.at(-1);
    const clock = new FakeClock(last && { startMs: last.clock.now() });
    const createEngine = this.#engine.recoverEngine ?? this.#engine.createEngine;
    const recovering = { ...this.#engine, createEngine: createEngine.bind(this.#engine) };
    const bench = await EngineBench.open(recovering, options, clock);
    this.#opened.push(bench);
    return bench;
  }

  /** An engine that nobody has opened. */
  create(): Engine | Promise<Engine> {
    return createEngine(this.#engine, new FakeClock());
  }

  async dispose(): Promise<void> {
    for (const bench of this.#opened.splice(0)) await bench[Symbol.asyncDispose]();
  }

  /** Ends them, and makes sure that none leaves anything behind. */
  async end(): Promise<void> {
    for (const bench of this.#opened.splice(0)) {
      await bench[Symbol.asyncDispose]();
      bench.assertNothingLeft();
    }
  }
}

/** What a commit is made from that is to bring less than all. */
export const emptyCommit: Commit = {
  changes: [],
  jobs: new Map(),
  runs: [],
  circuits: new Map(),
  decisions: [],
};

/** An engine, a clock, and a leader that does what a case says. */
export class EngineBench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly recovered: Recovered;
  readonly #led = Promise.withResolvers<Lease>();
  readonly #let = Promise.withResolvers<void>();
  readonly #leading: Promise<void>;
  readonly #underTest: EngineUnderTest;
  readonly #callers: AbortController[] = [];
  #revision: number;

  private constructor(engine: Engine, { underTest, clock, recovered }: Opened) {
    this.engine = engine;
    this.#underTest = underTest;
    this.clock = clock;
    this.recovered = recovered;
    this.#revision = recovered.revision;
    this.#leading = engine.lead(0, (lease) => {
      this.#led.resolve(lease);
      return this.#let.promise;
    });
  }

  static async open(
    underTest: EngineUnderTest,
    options?: BenchOptions,
    clock = new FakeClock(),
  ): Promise<EngineBench> {
    const engine = await createEngine(underTest, clock, options);
    return new EngineBench(engine, { underTest, clock, recovered: await engine.open() });
  }

  get lease(): Promise<Lease> {
    return this.#led.promise;
  }

  async queue(): Promise<CommandQueue> {
    return (await this.lease).commands;
  }

  /** How many commands wait in the lanes, and for room in them. */
  get waiting(): { depth: number; writers: number } {
    const { lanes } = this.engine.stats();
    const sum = (count: (lane: (typeof lanes)[number]) => number) =>
      lanes.reduce((total, lane) => total + count(lane), 0);
    return { depth: sum((lane) => lane.depth), writers: sum((lane) => lane.waitingWriters) };
  }

  /** Someone who can go away. */
  caller(): AbortController {
    const caller = new AbortController();
    this.#callers.push(caller);
    return caller;
  }

  /** No timer, no listener, no command. */
  assertNothingLeft(): void {
    assert.equal(this.clock.pendingTimers, 0, "a timer is left");
    assert.deepEqual(this.waiting, { depth: 0, writers: 0 });
    for (const { signal } of this.#callers)
      assert.equal(getEventListeners(signal, "abort").length, 0, "a listener is left");
  }

  read(over: Partial<GetStatusCommand> = {}): GetStatusCommand {
    const base = { jobId: "job", includeInput: false, includeResult: false } as const;
    return { kind: "get-status", ...this.#common("normal"), ...base, ...over };
  }

  start(over: Partial<StartCommand> = {}): StartCommand {
    const base = { jobType: "", conflictPolicy: "use-existing", labels: {} } as const;
    return { kind: "start", ...this.#common("normal"), ...unasked, ...base, ...over };
  }

  stop(over: Partial<StopCommand> = {}): StopCommand {
    return { kind: "stop", ...this.#common("high"), ...unasked, scope: "job", force: false, ...over };
  }

  /** Lets everything happen that needs no time on the clock. */
  async settle(): Promise<void> {
    await this.clock.advance(0);
    await this.#underTest.settle?.();
    await this.clock.advance(0);
  }

  /** Everything that can be read now, in the order in which it comes. */
  async drain(): Promise<Delivery[]> {
    await this.settle();
    const queue = await this.queue();
    const deliveries: Delivery[] = [];
    for (let next = queue.tryRead(); next !== undefined; next = queue.tryRead()) deliveries.push(next);
    return deliveries;
  }

  /** Reads all there is and commits that it was applied, until nothing comes any more. */
  async applyAll(): Promise<Delivery[]> {
    const applied: Delivery[] = [];
    for (let batch = await this.drain(); batch.length > 0; batch = await this.drain()) {
      applied.push(...batch);
      await this.commit(batch);
    }
    return applied;
  }

  /** Commits that these commands were applied, with so many changes of the job. */
  async commit(deliveries: readonly Delivery[], changes = 0): Promise<void> {
    const batch = this.batch(deliveries, changes);
    await (await this.lease).commit(batch);
    this.#revision += changes;
  }

  /** What says that these commands were applied, with the next so many changes of the job. */
  batch(deliveries: readonly Delivery[], changes = 0): Commit {
    const made = Array.from({ length: changes }, (_, index) => changeOf(this.#revision + index + 1));
    const last = made.at(-1);
    return {
      changes: made,
      jobs: new Map(last && [["job", jobOf(last)]]),
      runs: [],
      circuits: new Map(),
      decisions: deliveries.map((delivery) => this.decision(delivery)),
    };
  }

  /** Commits that a Stop overtook these commands. */
  async supersede(deliveries: readonly Delivery[]): Promise<void> {
    const refusal = { code: "COMMAND_SUPERSEDED", message: "" } as const;
    const decisions = deliveries.map((delivery) =>
      this.decision(delivery, { outcome: "superseded", refusal }),
    );
    await (await this.lease).commit({ ...emptyCommit, decisions });
  }

  decision(delivery: Delivery, over: Partial<Decision> = {}): Decision {
    const times = { applyTimeMs: this.clock.now(), queueWaitMs: 0, tokenWaitMs: 0 };
    return { delivery, outcome: "applied", revision: this.#revision, ...times, answer: {}, ...over };
  }

  /** Lets go of the lane, so that another can lead. */
  async stopLeading(): Promise<void> {
    this.#let.resolve();
    await this.#leading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopLeading();
    await this.engine[Symbol.asyncDispose]();
  }

  #common(priority: Priority) {
    const commandId = `command-${++commands}`;
    return { commandId, requestId: "", priority, replyMode: "applied" as const };
  }
}

/** Unique over all benches: a store can outlive one. */
let commands = 0;

interface Opened {
  readonly underTest: EngineUnderTest;
  readonly clock: FakeClock;
  readonly recovered: Recovered;
}

function createEngine(
  underTest: EngineUnderTest,
  clock: FakeClock,
  options: BenchOptions = {},
): Engine | Promise<Engine> {
  const { capacity = 4, fullMode = "wait", maxWaiters = 2, history = 100 } = options;
  const lanes = priorities.map((priority) => ({ priority, capacity, fullMode }));
  return underTest.createEngine({ clock, lanes, maxWaiters, history });
}

const unasked = { jobId: "job", requestedBy: "", reason: "", etag: "", validateOnly: false } as const;

function changeOf(revision: number): Change {
  const { status } = createJob({ jobId: "job", jobType: "job", uid: "uid", nowMs: 0 });
  return { revision, kind: "changed", status: { ...status, revision }, progressOnly: false };
}

function jobOf({ status }: Change): Job {
  return { status, generation: 0, forced: false };
}

/** What became of a command, in short: its outcome, and the code where it was refused. */
export async function fateOf(ticket: Promise<Ticket>): Promise<string> {
  try {
    const { receipt, refusal } = await (await ticket).settled();
    return refusal === undefined ? receipt.outcome : `${receipt.outcome} ${refusal.code}`;
  } catch (error) {
    return error instanceof Error && "code" in error ? `refused ${error.code}` : `left ${error}`;
  }
}

/** Without what is unset: a store need not tell `undefined` from absent. */
export function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
