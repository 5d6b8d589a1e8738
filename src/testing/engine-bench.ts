import type { FullMode } from "../channel/index.ts";
import type { CommandQueue, Commit, Decision, Delivery, Engine, Lease, Ticket } from "../engine/engine.ts";
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

  async dispose(): Promise<void> {
    for (const bench of this.#opened.splice(0)) await bench[Symbol.asyncDispose]();
  }
}

/** An engine, a clock, and a leader that does what a case says. */
export class EngineBench implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly engine: Engine;
  readonly #led = Promise.withResolvers<Lease>();
  readonly #let = Promise.withResolvers<void>();
  readonly #leading: Promise<void>;
  #commands = 0;
  #revision = 0;

  private constructor(engine: Engine, clock: FakeClock) {
    this.engine = engine;
    this.clock = clock;
    this.#leading = engine.lead(0, (lease) => {
      this.#led.resolve(lease);
      return this.#let.promise;
    });
  }

  static async open({ createEngine }: EngineUnderTest, options: BenchOptions = {}): Promise<EngineBench> {
    const { capacity = 4, fullMode = "wait", maxWaiters = 2 } = options;
    const clock = new FakeClock();
    const lanes = priorities.map((priority) => ({ priority, capacity, fullMode }));
    const engine = await createEngine({ clock, lanes, maxWaiters });
    await engine.open();
    return new EngineBench(engine, clock);
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

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  /** Everything that can be read now, in the order in which it comes. */
  async drain(): Promise<Delivery[]> {
    await this.settle();
    const queue = await this.queue();
    const deliveries: Delivery[] = [];
    for (let next = queue.tryRead(); next !== undefined; next = queue.tryRead()) deliveries.push(next);
    return deliveries;
  }

  /** Commits that these commands were applied, with so many changes of the job. */
  async commit(deliveries: readonly Delivery[], changes = 0): Promise<Commit> {
    const made = Array.from({ length: changes }, () => this.#change());
    const last = made.at(-1);
    const batch: Commit = {
      changes: made,
      jobs: new Map(last && [["job", jobOf(last)]]),
      runs: [],
      decisions: deliveries.map((delivery) => this.decision(delivery)),
    };
    await (await this.lease).commit(batch);
    return batch;
  }

  decision(delivery: Delivery, over: Partial<Decision> = {}): Decision {
    const times = { applyTimeMs: this.clock.now(), queueWaitMs: 0, tokenWaitMs: 0 };
    return { delivery, outcome: "applied", revision: this.#revision, ...times, answer: {}, ...over };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#let.resolve();
    await this.#leading;
    await this.engine[Symbol.asyncDispose]();
  }

  #common(priority: Priority) {
    const commandId = `command-${++this.#commands}`;
    return { commandId, requestId: "", priority, replyMode: "applied" as const };
  }

  #change(): Change {
    const revision = ++this.#revision;
    const { status } = createJob({ jobId: "job", jobType: "job", uid: "uid", nowMs: 0 });
    return { revision, kind: "changed", status: { ...status, revision }, progressOnly: false };
  }
}

const unasked = { jobId: "job", requestedBy: "", reason: "", etag: "", validateOnly: false } as const;

function jobOf({ status }: Change): Job {
  return { status, generation: 0, forced: false };
}

/** The code with which something was refused; what it resolved to where it was not. */
export async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error instanceof Error && "code" in error ? error.code : error;
  }
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
