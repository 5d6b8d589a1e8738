import type { Clock, Timer } from "../async/clock.ts";
import type { Engine, Recovered } from "../engine/engine.ts";
import type { Change } from "../job/job.ts";
import type { JobType } from "../job/job-type.ts";
import type { TokenSource } from "../limiter/token-source.ts";
import type { Runner } from "../runner/runner.ts";
import { Consumer } from "./consumer.ts";
import { Controller } from "./controller.ts";
import type { JobControl } from "./job-control.ts";
import { StatusHub } from "./status-hub.ts";
import { Supervisor } from "./supervisor.ts";

export interface CoreOptions {
  /** What runs where commands wait and changes are kept; the core opens and disposes it. */
  readonly engine: Engine;
  /** What carries out the work; the core disposes it. */
  readonly runner: Runner;
  readonly tokens: TokenSource;
  readonly types: readonly JobType[];
  readonly clock: Clock;
  readonly watch: {
    /** How many changes a watcher may lie behind. */
    readonly ring: number;
    readonly maxWatchers: number;
    readonly bookmarkMs: number;
  };
  /** Start refuses to make more jobs than this. Default: 100,000 */
  readonly maxJobs?: number;
}

/**
 * The core, put together: controller, engine, consumer, supervisor and hub, and the order in which they start
 * and end. `control` is what the doors call.
 */
export class Core implements AsyncDisposable {
  readonly #options: CoreOptions;
  readonly #hub: StatusHub;
  readonly #controller: Controller;
  readonly #supervisor: Supervisor;
  readonly #consumer: Consumer;
  readonly #disposing = new AbortController();
  readonly #failure = Promise.withResolvers<unknown>();
  #leading: Promise<void> = Promise.resolve();
  #following: Promise<void> = Promise.resolve();
  #sweep: Timer | undefined;

  constructor(options: CoreOptions) {
    const { engine, runner, tokens, clock, watch, types, maxJobs = 100_000 } = options;
    this.#options = options;
    this.#hub = new StatusHub({ ring: watch.ring, clock });
    this.#controller = new Controller({ engine, tokens, clock, hub: this.#hub, ...watch });
    this.#supervisor = new Supervisor({
      types: new Map(types.map((type) => [type.name, type])),
      runner,
      clock,
      maxJobs,
      post: (event) => this.#consumer.post(event),
    });
    this.#consumer = new Consumer({ supervisor: this.#supervisor, tokens, clock });
  }

  get control(): JobControl {
    return this.#controller;
  }

  /** Resolves with the error that ended the core, should it ever end by itself. Nothing is applied any more then. */
  get failure(): Promise<unknown> {
    return this.#failure.promise;
  }

  /** Takes over what the engine holds and begins to apply commands. Resolves when the first can be answered. */
  async start(): Promise<void> {
    const { engine } = this.#options;
    const { signal } = this.#disposing;
    const recovered = await engine.open({ signal });
    this.#hub.restore(recovered, await this.#changesBefore(recovered));
    this.#supervisor.restore(recovered.jobs, recovered.revision);
    const { revision } = this.#supervisor;
    this.#following = this.#follow(recovered.revision).catch(this.#failure.resolve);
    this.#leading = engine
      .lead(0, (lease) => this.#consumer.run(lease), { signal })
      .catch(this.#failure.resolve);
    const failed = this.#failure.promise.then((error) => Promise.reject(error));
    await Promise.race([this.#hub.reached(revision, { signal }), failed]);
    this.#sweepExpired();
  }

  /**
   * Comes to rest within `timeoutMs`: refuses new commands, applies those that wait, ends the runs by their stop
   * grace or by force, and lets every watch tell the rest and close.
   */
  async drain({ timeoutMs }: { timeoutMs: number }): Promise<void> {
    const { clock, runner } = this.#options;
    const timeout = new AbortController();
    const startedAtMs = clock.monotonic();
    const timer = clock.setTimer(timeoutMs, () => timeout.abort());
    this.#controller.drain();
    await this.#unless(
      timeout.signal,
      this.#consumer.until((waiting) => waiting === 0, timeout),
    );
    this.#consumer.stopTaking();
    const remainingMs = Math.max(0, timeoutMs - (clock.monotonic() - startedAtMs));
    this.#supervisor.drain(remainingMs);
    await this.#unless(
      timeout.signal,
      this.#consumer.until(() => this.#supervisor.activeRuns === 0, timeout),
    );
    timer.cancel();
    await runner[Symbol.asyncDispose]();
    await this.#consumer.until(() => this.#supervisor.activeRuns === 0);
    await this.#hub.reached(this.#supervisor.revision);
    this.#controller.closeWatches();
  }

  /** Ends everything, at once. Commands that still wait are told that they were not applied. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposing.signal.aborted) return;
    this.#controller.drain();
    this.#controller.closeWatches();
    this.#sweep?.cancel();
    this.#consumer.stop();
    await this.#leading;
    this.#disposing.abort();
    await this.#following;
    this.#supervisor.dispose();
    await this.#options.runner[Symbol.asyncDispose]();
    await this.#options.engine[Symbol.asyncDispose]();
  }

  /** The last changes that the engine knows of, as many as the hub's ring takes. */
  async #changesBefore({ revision, oldestCursor }: Recovered): Promise<Change[]> {
    const { engine, watch } = this.#options;
    const recent: Change[] = [];
    const after = Math.max(oldestCursor, revision - watch.ring);
    if (after === revision) return recent;
    for await (const change of engine.changes(after, { signal: this.#disposing.signal })) {
      recent.push(change);
      if (change.revision === revision) break;
    }
    return recent;
  }

  /** Shows the hub every change that the engine has committed. */
  async #follow(after: number): Promise<void> {
    const changes = this.#options.engine.changes(after, { signal: this.#disposing.signal });
    for await (const change of changes) this.#hub.publish(change);
  }

  /** Waits for what the signal may cut short. */
  async #unless(signal: AbortSignal, promise: Promise<void>): Promise<void> {
    try {
      await promise;
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #sweepExpired(): void {
    this.#supervisor.postExpired();
    this.#sweep = this.#options.clock.setTimer(sweepMs, () => this.#sweepExpired());
  }
}

/** How often it is looked for jobs that are kept no longer. */
const sweepMs = 10_000;
