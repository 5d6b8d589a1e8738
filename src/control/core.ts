import type { Clock, Timer } from "../async/clock.ts";
import type { InTurnsOptions } from "../async/in-turns.ts";
import { LoopTurn } from "../async/loop-turn.ts";
import { TimeLimit } from "../async/time-limit.ts";
import type { Engine } from "../engine/engine.ts";
import type { Change } from "../job/job.ts";
import type { JobType } from "../job/job-type.ts";
import type { AdjustableTokens } from "../limiter/token-source.ts";
import type { Runner } from "../runner/runner.ts";
import type { Journal } from "../telemetry/journal.ts";
import type { Meter } from "../telemetry/meter.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import type { AdminControl, DrainedCommands, DrainRequest } from "./admin-control.ts";
import { Administrator } from "./administrator.ts";
import { CommittedChanges } from "./committed-changes.ts";
import { Consumer } from "./consumer.ts";
import type { ConsumerState } from "./consumer-state.ts";
import { Controller } from "./controller.ts";
import { EventRate } from "./event-rate.ts";
import type { JobControl } from "./job-control.ts";
import { defaultDegradedAt } from "./nearly-full.ts";
import { openEngine } from "./open-engine.ts";
import { OpenWatches } from "./open-watches.ts";
import { OutputHub, type OutputHubOptions } from "./output-hub.ts";
import { StatusHub } from "./status-hub.ts";
import { Supervisor } from "./supervisor.ts";

export interface CoreOptions {
  /** What runs where commands wait and changes are kept; the core opens and disposes it. */
  readonly engine: Engine;
  /** What carries out the work; the core disposes it. */
  readonly runner: Runner;
  readonly tokens: AdjustableTokens;
  readonly types: readonly JobType[];
  readonly clock: Clock;
  readonly watch: {
    /** How many changes a watcher may lie behind. */
    readonly ring: number;
    readonly maxWatchers: number;
    readonly bookmarkMs: number;
  };
  /** How much is kept of what the jobs write. */
  readonly output?: Omit<OutputHubOptions, "clock">;
  readonly meter?: Meter | undefined;
  /** From how full on a lane makes the channel degraded, as a share of its capacity. Default: 0.8 */
  readonly degradedAt?: number;
  readonly tracing?: Tracing | undefined;
  readonly journal?: Journal | undefined;
  /** Start refuses to make more jobs than this. Default: 100,000 */
  readonly maxJobs?: number;
  /**
   * Called when an operator asks the server to drain: whoever made the core ends what is around it too, and calls
   * `drain`. Default: the core drains alone, within 30 s where the operator does not say.
   */
  readonly onDrain?: (request: DrainRequest) => void;
}

export interface CoreStart {
  /** Called once no other process can use the store any more, while that is read. Nothing begins where it rejects. */
  readonly onHeld?: () => Promise<void>;
}

/**
 * The core, put together: controller, engine, consumer, supervisor and hub, and the order in which they start
 * and end. `control` and `admin` are what the doors call.
 */
export class Core implements AsyncDisposable {
  readonly #options: CoreOptions;
  readonly #hub: StatusHub;
  readonly #output: OutputHub;
  readonly #controller: Controller;
  readonly #supervisor: Supervisor;
  readonly #consumer: Consumer;
  readonly #administrator: Administrator;
  readonly #drainLimit: TimeLimit;
  readonly #commandsDrained = Promise.withResolvers<DrainedCommands>();
  #draining: Promise<void> | undefined;
  readonly #disposing = new AbortController();
  readonly #failure = Promise.withResolvers<unknown>();
  /** Fires with the failure: what would be waited for in vain is not. */
  readonly #failed = new AbortController();
  #leading: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #sweep: Timer | undefined;
  #sweeping: Promise<void> = Promise.resolve();
  /** For what is done with all jobs, or with very many changes. */
  readonly #turns: InTurnsOptions;
  readonly #changes: CommittedChanges;

  constructor(options: CoreOptions) {
    const { engine, runner, tokens, clock, watch, types, maxJobs = 100_000 } = options;
    const { degradedAt = defaultDegradedAt } = options;
    this.#options = options;
    this.#turns = { turn: new LoopTurn(clock), signal: this.#disposing.signal };
    this.#changes = new CommittedChanges(engine, this.#turns);
    this.#hub = new StatusHub({ ring: watch.ring, clock });
    this.#output = new OutputHub({ ...options.output, clock });
    this.#drainLimit = new TimeLimit({ clock });
    const accepted = new EventRate({ clock });
    const applied = new EventRate({ clock });
    const watches = new OpenWatches(watch);
    this.#controller = new Controller({
      engine,
      tokens,
      clock,
      hub: this.#hub,
      output: this.#output,
      accepted,
      watches,
      committed: (jobId) => this.#supervisor.committed(jobId),
      ...watch,
    });
    this.#supervisor = new Supervisor({
      types: new Map(types.map((type) => [type.name, type])),
      runner,
      output: this.#output,
      clock,
      meter: options.meter,
      tracing: options.tracing,
      journal: options.journal,
      maxJobs,
      hasRoom: () => engine.hasRoom,
      post: (event) => this.#consumer.post(event),
    });
    this.#consumer = new Consumer({
      supervisor: this.#supervisor,
      tokens,
      clock,
      tracing: options.tracing,
      applied,
      shown: (revision) => this.#hub.reached(revision, this.#failed),
    });
    this.#administrator = new Administrator({
      engine,
      tokens,
      accepted,
      applied,
      watches,
      activeRuns: () => this.#supervisor.activeRuns,
      types: () => this.#supervisor.typeStats,
      degradedAt,
      clock,
      onLimitsChanged: () => this.#consumer.limitsChanged(),
      drain: (request) => this.#drainForOperator(request),
      closing: this.#controller.closing,
    });
  }

  get control(): JobControl {
    return this.#controller;
  }

  get admin(): AdminControl {
    return this.#administrator;
  }

  /** Resolves with the error that ended the core, should it ever end by itself. Nothing is applied any more then. */
  get failure(): Promise<unknown> {
    return this.#failure.promise;
  }

  /** How the one does through whom every command goes: what liveness is judged by. */
  get consumer(): ConsumerState {
    const { busyMs, commitMs } = this.#consumer.pulse;
    return { hasFailed: this.#failed.signal.aborted, busyMs, commitMs };
  }

  /**
   * Takes over what the engine holds and begins to apply commands. Resolves when the first can be answered. Nothing is shown,
   * and nothing applied, before all is taken over.
   */
  async start({ onHeld = async () => {} }: CoreStart = {}): Promise<void> {
    const { engine, runner, watch } = this.#options;
    const { signal } = this.#disposing;
    const recovered = await openEngine(engine, { signal, onHeld });
    // Only now is it certain that no other server is at work.
    await runner.recover({ signal });
    const recent = await this.#changes.before(recovered, watch.ring);
    const showJobs = await this.#supervisor.restore(recovered, this.#turns);
    const showStatuses = await this.#hub.restore({ ...recovered, recent }, this.#turns);
    signal.throwIfAborted();
    showJobs();
    showStatuses();
    this.#following = this.#changes
      .follow(recovered.revision, (change) => this.#show(change))
      .catch((error) => this.#fail(error));
    this.#leading = engine
      .lead(0, (lease) => this.#consumer.run(lease), { signal })
      .catch((error) => this.#fail(error));
    const endsOrFails = { signal: AbortSignal.any([signal, this.#failed.signal]) };
    await this.#consumer.until(() => this.#supervisor.isRecovered, endsOrFails);
    // Where the consumer has ended before that there is none, and the reason comes with the signal.
    const { recoveredRevision = Number.POSITIVE_INFINITY } = this.#supervisor;
    await this.#hub.reached(recoveredRevision, endsOrFails);
    this.#sweepJobs();
  }

  /**
   * Comes to rest within `timeoutMs`: refuses new commands, applies those that wait, ends the runs by their stop
   * grace or by force, and lets every watch tell the rest and close. A later call can bring the end forward.
   */
  drain({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    this.#drainLimit.bringForward(timeoutMs);
    this.#draining ??= this.#drain();
    return this.#draining;
  }

  /** Ends everything, at once. Commands that still wait are told that they were not applied. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposing.signal.aborted) return;
    this.#controller.drain();
    this.#controller.closeWatches();
    this.#drainLimit[Symbol.dispose]();
    this.#consumer.stop();
    await this.#leading;
    this.#disposing.abort();
    this.#sweep?.cancel();
    await this.#following;
    await this.#sweeping;
    this.#supervisor.dispose();
    await this.#options.runner[Symbol.asyncDispose]();
    await this.#options.engine[Symbol.asyncDispose]();
  }

  async #drain(): Promise<void> {
    const { signal } = this.#drainLimit;
    this.#commandsDrained.resolve(this.#drainCommands());
    await this.#commandsDrained.promise;
    this.#supervisor.drain(this.#drainLimit.remainingMs);
    const isAtRest = () => this.#supervisor.activeRuns === 0;
    await this.#unless(signal, this.#consumer.until(isAtRest, { signal }));
    this.#drainLimit[Symbol.dispose]();
    await this.#options.runner[Symbol.asyncDispose]();
    await this.#briefly((limit) => this.#consumer.until(isAtRest, limit));
    await this.#briefly((limit) => this.#hub.reached(this.#supervisor.revision, limit));
    this.#controller.closeWatches();
  }

  /** Gives every command that waits its fate. */
  async #drainCommands(): Promise<DrainedCommands> {
    const { engine } = this.#options;
    const limit = this.#limitOfCommands();
    const isEmpty = (waiting: number) => waiting === 0;
    const before = engine.stats().outcomes;
    this.#controller.drain();
    const signal = AbortSignal.any([limit.signal, this.#drainLimit.signal]);
    await this.#unless(signal, this.#consumer.until(isEmpty, { signal }));
    limit[Symbol.dispose]();
    this.#consumer.refuseCommands();
    const hasRefusedAll = (waiting: number, setAside: number) => waiting + setAside === 0;
    await this.#briefly((limit) => this.#consumer.until(hasRefusedAll, limit));
    const after = engine.stats().outcomes;
    const applied = after.applied + after["no-change"] - before.applied - before["no-change"];
    return { applied, refused: after.drained - before.drained };
  }

  /** Of a drain's time, the runs are left what they need to end, though never more than half. */
  #limitOfCommands(): TimeLimit {
    const { remainingMs } = this.#drainLimit;
    const limit = new TimeLimit(this.#options);
    limit.bringForward(remainingMs - Math.min(this.#supervisor.longestGraceMs, remainingMs / 2));
    return limit;
  }

  #drainForOperator(request: DrainRequest): Promise<DrainedCommands> {
    const { onDrain } = this.#options;
    if (onDrain === undefined) void this.drain({ timeoutMs: request.timeoutMs ?? defaultDrainMs });
    else onDrain(request);
    return this.#commandsDrained.promise;
  }

  #show(change: Change): void {
    this.#hub.publish(change);
    if (change.kind === "removed") this.#output.forget(change.status.uid);
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
    this.#failure.resolve(error);
  }

  /** Waits for what the signal may cut short. */
  async #unless(signal: AbortSignal, promise: Promise<void>): Promise<void> {
    try {
      await promise;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** Waits for what may never come. */
  async #briefly(wait: (limit: TimeLimit) => Promise<void>): Promise<void> {
    const limit = new TimeLimit(this.#options);
    limit.bringForward(lastWordsMs);
    try {
      await this.#unless(limit.signal, wait(limit));
    } finally {
      limit[Symbol.dispose]();
    }
  }

  #sweepJobs(): void {
    const { signal } = this.#disposing;
    if (signal.aborted) return;
    this.#sweeping = this.#supervisor.postExpired(this.#turns).catch((error) => {
      if (!signal.aborted) this.#fail(error);
    });
    this.#supervisor.postFreeSlots();
    this.#sweep = this.#options.clock.setTimer(sweepMs, () => this.#sweepJobs());
  }
}

/** How often it is looked for jobs that are kept no longer, or whose turn has come unnoticed. */
const sweepMs = 10_000;

/** How long a drain may take where nobody says. */
const defaultDrainMs = 30_000;

/** How long the last fates and ends of runs may take to be written: a store that cannot write holds nobody up. */
const lastWordsMs = 1000;
