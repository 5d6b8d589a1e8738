import type { Clock } from "../async/clock.ts";
import type { InTurnsOptions } from "../async/in-turns.ts";
import { LoopTurn } from "../async/loop-turn.ts";
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
import { Consumer } from "./consumer/consumer.ts";
import type { ConsumerState } from "./consumer/consumer-state.ts";
import { Controller } from "./controller.ts";
import { Drain } from "./drain.ts";
import { EventRate } from "./event-rate.ts";
import type { JobControl } from "./job-control.ts";
import { defaultDegradedAt } from "./nearly-full.ts";
import { openEngine } from "./open-engine.ts";
import { OutputHub, type OutputHubOptions } from "./output/output-hub.ts";
import { Supervisor } from "./supervisor/supervisor.ts";
import { Sweeper } from "./sweeper.ts";
import { OpenWatches } from "./watch/open-watches.ts";
import { StatusHub } from "./watch/status-hub.ts";

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
  readonly #drain: Drain;
  readonly #sweeper: Sweeper;
  readonly #disposing = new AbortController();
  readonly #failure = Promise.withResolvers<unknown>();
  /** Fires with the failure: what would be waited for in vain is not. */
  readonly #failed = new AbortController();
  #leading: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
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
    this.#drain = new Drain({
      controller: this.#controller,
      consumer: this.#consumer,
      supervisor: this.#supervisor,
      hub: this.#hub,
      engine,
      runner,
      clock,
    });
    this.#sweeper = new Sweeper({
      supervisor: this.#supervisor,
      clock,
      turn: this.#turns.turn,
      signal: this.#disposing.signal,
      onFailed: (error) => this.#fail(error),
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
    this.#sweeper.start();
  }

  /**
   * Comes to rest within `timeoutMs`: refuses new commands, applies those that wait, ends the runs by their stop
   * grace or by force, and lets every watch tell the rest and close. A later call can bring the end forward.
   */
  drain({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    return this.#drain.within(timeoutMs);
  }

  /** Ends everything, at once. Commands that still wait are told that they were not applied. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposing.signal.aborted) return;
    this.#controller.drain();
    this.#controller.closeWatches();
    this.#drain[Symbol.dispose]();
    this.#consumer.stop();
    await this.#leading;
    this.#disposing.abort();
    await this.#sweeper[Symbol.asyncDispose]();
    await this.#following;
    this.#supervisor.dispose();
    await this.#options.runner[Symbol.asyncDispose]();
    await this.#options.engine[Symbol.asyncDispose]();
  }

  #drainForOperator(request: DrainRequest): Promise<DrainedCommands> {
    const { onDrain } = this.#options;
    if (onDrain === undefined) void this.drain({ timeoutMs: request.timeoutMs ?? defaultDrainMs });
    else onDrain(request);
    return this.#drain.commands;
  }

  #show(change: Change): void {
    this.#hub.publish(change);
    if (change.kind === "removed") this.#output.forget(change.status.uid);
  }

  #fail(error: unknown): void {
    this.#failed.abort(error);
    this.#failure.resolve(error);
  }
}

/** How long a drain may take where nobody says. */
const defaultDrainMs = 30_000;
