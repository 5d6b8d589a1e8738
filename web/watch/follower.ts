import { failureOf } from "../words/failure.ts";
import { backoffMs } from "./backoff.ts";
import { type Cause, type Connection, isFinal, leastWaitMs } from "./connection.ts";
import type { Timers } from "./timers.ts";

/**
 * Follows a stream of the server for as long as the page wants it: opens it again when it was cut, after a wait that
 * grows, and takes it for dead when nothing comes for too long. What a message means, and from where a stream is taken
 * up, is its user's business.
 */
export class Follower<Message> {
  readonly #stream: Followed<Message>;
  readonly #timers: Timers;
  #life: AbortController | undefined;
  #wake: () => void = () => {};

  constructor(stream: Followed<Message>, timers: Timers) {
    this.#stream = stream;
    this.#timers = timers;
  }

  /** Harmless while it follows. */
  start(): void {
    if (this.#life !== undefined) return;
    this.#life = new AbortController();
    void this.#follow(this.#life.signal);
  }

  /** Ends the call at once; `start` takes the stream up again. */
  stop(): void {
    if (this.#life === undefined) return;
    this.#life.abort();
    this.#life = undefined;
    this.#wake();
    this.#stream.onConnection({ kind: "resting" });
  }

  /** Waits no longer for the next try. */
  retryNow(): void {
    this.#wake();
  }

  async #follow(life: AbortSignal): Promise<void> {
    let failures = 0;
    while (!life.aborted) {
      this.#stream.onConnection({ kind: "connecting" });
      const { wasHeard, cause } = await this.#once(life);
      if (life.aborted) return;
      if (cause === undefined) return this.#over({ kind: "over" });
      if (cause.kind === "failed" && isFinal(cause.failure))
        return this.#over({ kind: "over", failure: cause.failure });
      failures = wasHeard ? 1 : failures + 1;
      await this.#wait(cause, failures);
    }
  }

  #over(connection: Connection): void {
    this.#life = undefined;
    this.#stream.onConnection(connection);
  }

  async #wait(cause: Cause, failures: number): Promise<void> {
    const { now, random, set } = this.#timers;
    const ms = Math.max(backoffMs(failures, random), leastWaitMs(cause));
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = set(ms, resolve);
    this.#wake = resolve;
    this.#stream.onConnection({ kind: "waiting", cause, untilMs: now() + ms });
    await promise;
    cancel();
  }

  /** One call, to its end. Without a cause it ended as it should. */
  async #once(life: AbortSignal): Promise<{ readonly wasHeard: boolean; readonly cause?: Cause }> {
    const { open, onMessage, onConnection, silenceMs = 0, endsByItself = false } = this.#stream;
    const call = new AbortController();
    const leave = () => call.abort();
    life.addEventListener("abort", leave);
    const silence = new Silence(silenceMs, this.#timers, leave);
    let wasHeard = false;
    let closing: Cause | undefined;
    try {
      for await (const message of open(call.signal)) {
        if (life.aborted) break;
        silence.broken();
        closing = onMessage(message) ?? closing;
        if (!wasHeard) onConnection({ kind: "live" });
        wasHeard = true;
      }
      if (endsByItself) return { wasHeard };
      return { wasHeard, cause: closing ?? { kind: "cut" } };
    } catch (error) {
      if (silence.isTooLong) return { wasHeard, cause: { kind: "silent" } };
      return { wasHeard, cause: closing ?? { kind: "failed", failure: failureOf(error) } };
    } finally {
      silence.end();
      life.removeEventListener("abort", leave);
      // To leave the loop does not end the call.
      call.abort();
    }
  }
}

/** Tells once when nothing has come for too long. Messages may come by thousands: each costs no more than a look at the clock. */
class Silence {
  readonly #longestMs: number;
  readonly #timers: Timers;
  readonly #tell: () => void;
  #brokenAtMs: number;
  #cancel: () => void = () => {};
  #isTooLong = false;

  /** 0: it may last. */
  constructor(longestMs: number, timers: Timers, tell: () => void) {
    this.#longestMs = longestMs;
    this.#timers = timers;
    this.#tell = tell;
    this.#brokenAtMs = timers.now();
    if (longestMs > 0) this.#listen(longestMs);
  }

  get isTooLong(): boolean {
    return this.#isTooLong;
  }

  broken(): void {
    this.#brokenAtMs = this.#timers.now();
  }

  end(): void {
    this.#cancel();
  }

  #listen(ms: number): void {
    this.#cancel = this.#timers.set(ms, () => {
      const leftMs = this.#brokenAtMs + this.#longestMs - this.#timers.now();
      if (leftMs > 0) return this.#listen(leftMs);
      this.#isTooLong = true;
      this.#tell();
    });
  }
}

export interface Followed<Message> {
  open(signal: AbortSignal): AsyncIterable<Message>;
  /** Returns why the stream is about to end, where the message says so. */
  onMessage(message: Message): Cause | undefined;
  onConnection(connection: Connection): void;
  /** Nothing for so long: the stream is dead. Default: it may be silent */
  readonly silenceMs?: number;
  /** It is over when it ends without a failure. Default: then it was cut */
  readonly endsByItself?: boolean;
}
