import { once } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import { Code, ConnectError } from "@connectrpc/connect";
import { describe, expect, it, vi } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { Call, StatusReply } from "../../../src/control/job-control.ts";
import type { WatchMessage, WatchRequest } from "../../../src/control/watch/watch.ts";
import { JobControlError } from "../../../src/job/errors.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { patience } from "../../patience.ts";
import { bareStatus, FakeControl } from "../../rpc/sample.ts";
import type { RawSocket } from "../raw-socket.ts";
import { forms, pathOf, WebWire } from "./web-wire.ts";

const { watchStatus, getStatus } = JobControlService.method;

/** Has always one more message of about a kilobyte, and counts how many were asked for. */
class Endless extends FakeControl {
  asked_ = 0;
  readonly left = Promise.withResolvers<void>();

  override async *watch(_request: WatchRequest, _call: Call): AsyncIterable<WatchMessage> {
    try {
      while (true) {
        this.asked_++;
        yield { kind: "bookmark", resumeToken: "x".repeat(1000), serverTimeMs: 0 };
        await turn();
      }
    } finally {
      this.left.resolve();
    }
  }
}

/** Says one thing and then nothing, until it is told to end. */
class Quiet extends FakeControl {
  readonly #ended = Promise.withResolvers<void>();
  readonly begun = Promise.withResolvers<void>();
  readonly left = Promise.withResolvers<void>();

  end(): void {
    this.#ended.resolve();
  }

  override async *watch(_request: WatchRequest, { signal }: Call): AsyncIterable<WatchMessage> {
    try {
      yield { kind: "bookmark", resumeToken: "e:1", serverTimeMs: 0 };
      this.begun.resolve();
      await Promise.race([this.#ended.promise, once(signal, "abort")]);
      signal.throwIfAborted();
      yield {
        kind: "closing",
        reason: "draining",
        resumeToken: "e:2",
        serverTimeMs: 0,
        reconnectAfterMs: 500,
      };
      throw new JobControlError({ code: "DRAINING", message: "The server is shutting down" });
    } finally {
      this.left.resolve();
    }
  }

  override async getStatus(): Promise<StatusReply> {
    this.begun.resolve();
    await this.#ended.promise;
    return { status: bareStatus, resumeToken: "e:9" };
  }
}

/** Ends as the real one does: without a word. */
class EndsAtSignal extends FakeControl {
  override async *watch(_request: WatchRequest, { signal }: Call): AsyncIterable<WatchMessage> {
    yield { kind: "bookmark", resumeToken: "e:1", serverTimeMs: 0 };
    if (!signal.aborted) await once(signal, "abort");
  }
}

/** Begins a watch by hand, and reads none of it. */
async function beginWatch(wire: WebWire): Promise<RawSocket> {
  const raw = await wire.raw();
  const body = Buffer.from("\0\0\0\0\x02{}", "latin1");
  const head = [
    `POST ${pathOf(watchStatus)} HTTP/1.1`,
    "Host: 127.0.0.1",
    "Content-Type: application/connect+json",
    `Content-Length: ${body.byteLength}`,
    "",
    "",
  ];
  raw.socket.pause();
  await raw.send(head.join("\r\n"));
  await raw.send(body);
  return raw;
}

/** Resolves once the number has not changed for a while: what the system's buffers take is not ours to bound. */
async function settled(count: () => number): Promise<number> {
  let before = -1;
  while (before !== count()) {
    before = count();
    for (let i = 0; i < 200; i++) await turn();
  }
  return before;
}

describe("A stream of the web", () => {
  it("waits for a reader that does not read, and holds little for him", async () => {
    const control = new Endless();
    await using wire = await WebWire.open(control);
    const raw = await beginWatch(wire);
    const asked = await settled(() => control.asked_);
    expect(asked).toBeGreaterThan(0);
    // All that the sockets of both sides took has been read off: what comes now was held in the server.
    const [held] = Array.from(wire.sockets, ({ writableLength }) => writableLength);
    expect(held).toBeLessThan(16 * 1024);
    raw.socket.resume();
    await vi.waitFor(() => expect(control.asked_).toBeGreaterThan(asked + 100), patience);
    raw[Symbol.dispose]();
    await control.left.promise;
  });

  it("is left at once when its client is gone, whether it was reading or not", async () => {
    const control = new Quiet();
    await using wire = await WebWire.open(control);
    const raw = await beginWatch(wire);
    await control.begun.promise;
    raw.socket.resetAndDestroy();
    await control.left.promise;
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });

  it.each([
    ["application/connect+json", { "connect-timeout-ms": "20" }, /"code":"deadline_exceeded"/],
    ["application/grpc-web+json", { "grpc-timeout": "20m" }, /grpc-status: 4\r\n/],
  ])(
    "has missed its deadline where the core ends it then without a word: %s",
    async (type, deadline, told) => {
      await using wire = await WebWire.open(new EndsAtSignal());
      const headers = { "content-type": type, ...deadline } as Record<string, string>;
      const response = await wire.postBytes(pathOf(watchStatus), "\0\0\0\0\x02{}", headers);
      expect(await response.text()).toMatch(told);
    },
  );

  it("leaves no timer behind when its client is gone", async () => {
    const control = new Quiet();
    const clock = new FakeClock();
    await using wire = await WebWire.open(control, { clock });
    const raw = await beginWatch(wire);
    await control.begun.promise;
    raw.socket.resetAndDestroy();
    await control.left.promise;
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
    await turn();
    expect(clock.pendingTimers).toBe(0);
  });

  it("is left when its client has closed his half of the connection", async () => {
    const control = new Quiet();
    await using wire = await WebWire.open(control);
    const raw = await beginWatch(wire);
    await control.begun.promise;
    raw.socket.end();
    await control.left.promise;
  });

  it("is cut off when its reader has taken nothing for too long", async () => {
    const clock = new FakeClock();
    const control = new Endless();
    const limits = { headMs: 1000, bodyMs: 1000, idleMs: 1000, stallMs: 5000 };
    await using wire = await WebWire.open(control, { clock, limits });
    await beginWatch(wire);
    await settled(() => control.asked_);
    await clock.advance(4999);
    expect(wire.server.callsInFlight).toBe(1);
    await clock.advance(1);
    await control.left.promise;
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });

  it("that is quiet is not cut off", async () => {
    const clock = new FakeClock();
    const control = new Quiet();
    await using wire = await WebWire.open(control, { clock });
    const raw = await beginWatch(wire);
    await control.begun.promise;
    raw.socket.resume();
    await raw.receive(/e:1/);
    await clock.advance(24 * 3_600_000);
    control.end();
    expect(await raw.receive(/unavailable/)).toContain("CLOSE_REASON_DRAINING");
  });
});

describe("WebServer.drain()", () => {
  it.each(forms)("lets watches tell their last, over %s, and then closes", async (form) => {
    const control = new Quiet();
    await using wire = await WebWire.open(control);
    const stream = wire.client(JobControlService, form).watchStatus({})[Symbol.asyncIterator]();
    await stream.next();
    await control.begun.promise.catch(() => {});
    const drained = wire.server.drain();
    control.end();
    expect(await stream.next()).toMatchObject({ value: { resumeToken: "e:2", closeReason: 3 } });
    const error = ConnectError.from(await stream.next().catch((reason: unknown) => reason));
    expect(error).toMatchObject({ code: Code.Unavailable });
    await drained;
  });

  it("lets calls in flight finish, refuses new ones, and closes connections that are kept alive", async () => {
    const control = new Quiet();
    // A clock that stands: nothing is cut off because it took too long.
    await using wire = await WebWire.open(control, { clock: new FakeClock() });
    const idle = await wire.raw();
    await idle.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    await idle.receive(/404/);
    const late = await wire.raw();
    const answer = wire.post(getStatus, { jobId: "a" });
    await control.begun.promise;
    const drained = wire.server.drain();
    const body = `{"jobId":"b"}`;
    await late.send(
      `POST ${pathOf(getStatus)} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    expect(await late.receive(/DRAINING/)).toContain("HTTP/1.1 503");
    control.end();
    expect(await (await answer).json()).toMatchObject({ resumeToken: "e:9" });
    await drained;
    await idle.rest();
    await late.rest();
  });

  it("cuts off what is left when its signal fires", async () => {
    const control = new Quiet();
    await using wire = await WebWire.open(control);
    const refused = wire.post(getStatus, { jobId: "a" }).catch((error: unknown) => error);
    await control.begun.promise;
    const timeUp = new AbortController();
    const drained = wire.server.drain({ signal: timeUp.signal });
    timeUp.abort();
    await drained;
    expect(await refused).toBeInstanceOf(TypeError);
    control.end();
    await vi.waitFor(() => expect(wire.server.callsInFlight).toBe(0), patience);
  });

  it("does not wait for a client that never takes its answer", async () => {
    const clock = new FakeClock();
    const control = new Endless();
    await using wire = await WebWire.open(control, { clock });
    await beginWatch(wire);
    await settled(() => control.asked_);
    const timeUp = new AbortController();
    const drained = wire.server.drain({ signal: timeUp.signal });
    timeUp.abort();
    await drained;
    await control.left.promise;
  });
});
