import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import type { Cause, Connection } from "../../web/watch/connection.ts";
import { type Followed, Follower } from "../../web/watch/follower.ts";

/** A server that does as the test says, stream by stream. */
class Script {
  readonly clock = new FakeClock();
  readonly connections: Connection[] = [];
  readonly messages: string[] = [];
  readonly streams: Stream[] = [];
  readonly follower: Follower<string>;
  /** What chance says. */
  random = 0.5;

  constructor(over: Partial<Followed<string>> = {}) {
    const followed: Followed<string> = {
      open: (signal) => {
        const stream = new Stream(signal);
        this.streams.push(stream);
        return stream.messages();
      },
      onMessage: (message) => {
        this.messages.push(message);
        return message.startsWith("closing") ? { kind: "closed", words: message, afterMs: 5000 } : undefined;
      },
      onConnection: (connection) => void this.connections.push(connection),
      ...over,
    };
    const { clock } = this;
    this.follower = new Follower(followed, {
      now: () => clock.now(),
      random: () => this.random,
      set(ms, call) {
        const timer = clock.setTimer(ms, call);
        return () => timer.cancel();
      },
    });
  }

  get stream(): Stream {
    const last = this.streams.at(-1);
    if (last === undefined) throw new Error("No stream was opened");
    return last;
  }

  /** How long it waits before the next try. */
  get waitMs(): number {
    const last = this.connections.at(-1);
    return last?.kind === "waiting" ? last.untilMs - this.clock.now() : Number.NaN;
  }

  get cause(): Cause | undefined {
    const last = this.connections.at(-1);
    return last?.kind === "waiting" ? last.cause : undefined;
  }
}

class Stream {
  readonly signal: AbortSignal;
  readonly #queue: string[] = [];
  #ended: { readonly error?: unknown } | undefined;
  #wake = () => {};

  constructor(signal: AbortSignal) {
    this.signal = signal;
    signal.addEventListener("abort", () => this.end(new ConnectError("Cancelled", Code.Canceled)));
  }

  async send(message: string): Promise<void> {
    this.#queue.push(message);
    this.#wake();
    await settled();
  }

  async end(error?: unknown): Promise<void> {
    this.#ended ??= { error };
    this.#wake();
    await settled();
  }

  async *messages(): AsyncGenerator<string> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#ended?.error !== undefined) throw this.#ended.error;
      else if (this.#ended !== undefined) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}

/** Everything that waits for nothing but its turn has had it. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe("Follower", () => {
  it("is live with the first message", async () => {
    const script = new Script();
    script.follower.start();
    expect(script.connections).toEqual([{ kind: "connecting" }]);
    await script.stream.send("a");
    await script.stream.send("b");
    expect(script.connections).toEqual([{ kind: "connecting" }, { kind: "live" }]);
    expect(script.messages).toEqual(["a", "b"]);
  });

  it("takes a stream that ends for cut, and opens the next after the wait", async () => {
    const script = new Script();
    script.follower.start();
    await script.stream.send("a");
    await script.stream.end();
    expect(script.cause).toEqual({ kind: "cut" });
    expect(script.waitMs).toBe(500);
    await script.clock.advance(499);
    expect(script.streams).toHaveLength(1);
    await script.clock.advance(1);
    expect(script.streams).toHaveLength(2);
  });

  it("waits longer from failure to failure, at random, up to 30 s, and less again once it was heard", async () => {
    const script = new Script();
    script.follower.start();
    const waits: number[] = [];
    for (let i = 0; i < 7; i++) {
      await script.stream.end(new ConnectError("no", Code.Unavailable));
      waits.push(script.waitMs);
      await script.clock.advance(script.waitMs);
    }
    expect(waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
    script.random = 0;
    await script.stream.end(new ConnectError("no", Code.Unavailable));
    expect(script.waitMs).toBe(0);
    await script.clock.advance(0);
    script.random = 0.5;
    await script.stream.send("a");
    await script.stream.end();
    expect(script.waitMs).toBe(500);
  });

  it("waits at least as long as the server asks, in CLOSING or in RetryInfo", async () => {
    const script = new Script();
    script.follower.start();
    await script.stream.send("closing: draining");
    await script.stream.end(new ConnectError("draining", Code.Unavailable));
    expect(script.cause).toMatchObject({ kind: "closed", words: "closing: draining" });
    expect(script.waitMs).toBe(5000);
    await script.clock.advance(5000);
    const retry = { desc: RetryInfoSchema, value: { retryDelay: { seconds: 9n } } };
    await script.stream.end(new ConnectError("full", Code.ResourceExhausted, undefined, [retry]));
    expect(script.waitMs).toBe(9000);
  });

  it("takes silence for death, counted from the last message", async () => {
    const script = new Script({ silenceMs: 10_000 });
    script.follower.start();
    await script.clock.advance(9000);
    await script.stream.send("bookmark");
    await script.clock.advance(9000);
    expect(script.cause).toBeUndefined();
    await script.clock.advance(1000);
    expect(script.cause).toEqual({ kind: "silent" });
    expect(script.stream.signal.aborted).toBe(true);
  });

  it("tries at once where it is asked to", async () => {
    const script = new Script();
    script.follower.start();
    await script.stream.end();
    script.follower.retryNow();
    await settled();
    expect(script.streams).toHaveLength(2);
    expect(script.clock.pendingTimers).toBe(0);
  });

  it("gives up where no other try would fare better", async () => {
    const script = new Script();
    script.follower.start();
    await script.stream.end(new ConnectError("no such run", Code.NotFound));
    expect(script.connections.at(-1)).toMatchObject({ kind: "over", failure: { code: Code.NotFound } });
  });

  it("is over when a stream ends that was to end", async () => {
    const script = new Script({ endsByItself: true });
    script.follower.start();
    await script.stream.send("a");
    await script.stream.end();
    expect(script.connections.at(-1)).toEqual({ kind: "over" });
  });

  it("ends the call when it is stopped, also while it waits, and takes it up again", async () => {
    const script = new Script({ silenceMs: 10_000 });
    script.follower.start();
    await script.stream.send("a");
    script.follower.stop();
    await settled();
    expect(script.stream.signal.aborted).toBe(true);
    expect(script.connections.at(-1)).toEqual({ kind: "resting" });
    script.follower.start();
    await script.stream.end();
    script.follower.stop();
    await settled();
    expect(script.clock.pendingTimers).toBe(0);
    await script.clock.advance(60_000);
    expect(script.streams).toHaveLength(2);
    expect(script.connections.at(-1)).toEqual({ kind: "resting" });
  });
});
