import { type Abortable, abortable } from "../async/abort.ts";

/**
 * Which services take calls, for health checks: the server sets it, `health-service.ts` tells it. A watcher
 * compares what it last told with what is, and then waits, so it loses no change that lasts.
 */
export class ServingStatus {
  readonly #states = new Map<string, ServingState>();
  readonly #waiting = new Set<() => void>();
  #revision = 0;
  #ended = false;

  /** Knows these services, and the server as a whole (`""`). None of them serves yet. */
  constructor(services: readonly string[]) {
    for (const service of ["", ...services]) this.#states.set(service, "not-serving");
  }

  /** Rises with every change. */
  get revision(): number {
    return this.#revision;
  }

  /** True once the server goes: nothing changes any more, and watches end. */
  get ended(): boolean {
    return this.#ended;
  }

  get all(): ReadonlyMap<string, ServingState> {
    return this.#states;
  }

  /** Undefined for a service that is not known. */
  get(service: string): ServingState | undefined {
    return this.#states.get(service);
  }

  /** Sets every service, and the server as a whole. No effect once it has ended. */
  set(state: ServingState): void {
    if (this.#ended) return;
    for (const service of this.#states.keys()) this.#states.set(service, state);
    this.#changed();
  }

  /** For the last moments of a server: none serves, and all who watch are sent away. */
  end(): void {
    this.set("not-serving");
    this.#ended = true;
    this.#changed();
  }

  /**
   * Resolves as soon as the revision is another than `revision`: at once if it already is.
   * Cancellation: rejects with the signal's reason, and leaves nothing behind.
   */
  async changed(revision: number, { signal }: Abortable = {}): Promise<void> {
    signal?.throwIfAborted();
    if (this.#revision !== revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.add(resolve);
    try {
      await abortable(promise, signal);
    } finally {
      this.#waiting.delete(resolve);
    }
  }

  #changed(): void {
    this.#revision++;
    for (const wake of this.#waiting) wake();
  }
}

export type ServingState = "serving" | "not-serving";
