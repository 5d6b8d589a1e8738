import { describe, expect, it, vi } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { StatusReply } from "../../../src/control/job-control.ts";
import type { Answer } from "../../../src/server/web/answer.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { patience } from "../../patience.ts";
import { bareStatus, FakeControl } from "../../rpc/sample.ts";
import type { RawSocket } from "../raw-socket.ts";
import { pathOf, WebWire } from "./web-wire.ts";

const { getStatus } = JobControlService.method;
const path = pathOf(getStatus);
const limits = { headMs: 1000, bodyMs: 2000, idleMs: 3000, stallMs: 4000 };
const get = "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

async function open() {
  const clock = new FakeClock();
  const wire = await WebWire.open(new FakeControl(), { clock, limits });
  return { clock, wire };
}

/** Connected, and known to the server. */
async function client(wire: WebWire): Promise<RawSocket> {
  const before = wire.sockets.size;
  const raw = await wire.raw();
  await vi.waitFor(() => expect(wire.sockets.size).toBe(before + 1), patience);
  return raw;
}

describe("A connection of the web", () => {
  it("that says nothing is told so, and closed, when its time is up", async () => {
    const { clock, wire } = await open();
    await using _ = wire;
    const raw = await client(wire);
    await clock.advance(999);
    expect(raw.socket.closed).toBe(false);
    await clock.advance(1);
    expect(await raw.rest()).toMatch(/^HTTP\/1\.1 408 [\s\S]*Connection: close/);
  });

  it("whose head comes byte by byte gains no time by that", async () => {
    const { clock, wire } = await open();
    await using _ = wire;
    const raw = await client(wire);
    for (const byte of get.slice(0, 9)) {
      await raw.send(byte);
      await clock.advance(100);
    }
    expect(raw.socket.closed).toBe(false);
    await clock.advance(100);
    expect(await raw.rest()).toContain("HTTP/1.1 408");
  });

  it("whose body comes too slowly is answered with 408, and its call is none", async () => {
    const { clock, wire } = await open();
    await using _ = wire;
    const raw = await client(wire);
    const head = `POST ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n`;
    await raw.send(head);
    await vi.waitFor(() => expect([...wire.sockets][0]?.bytesRead).toBe(head.length), patience);
    await clock.advance(1900);
    expect(raw.socket.closed).toBe(false);
    await raw.send("{");
    await clock.advance(100);
    expect(await raw.rest()).toContain("HTTP/1.1 408");
    expect(wire.control.asked).toEqual([]);
  });

  it("is kept for the next request, for a while", async () => {
    const { clock, wire } = await open();
    await using _ = wire;
    const raw = await client(wire);
    for (let i = 0; i < 3; i++) {
      await raw.send(get);
      await raw.receive(/404/);
      await clock.advance(2900);
    }
    expect(raw.socket.closed).toBe(false);
    await clock.advance(100);
    expect(await raw.rest()).toBe("");
  });

  it("gains no time by half of a next request", async () => {
    const { clock, wire } = await open();
    await using _ = wire;
    const raw = await client(wire);
    await raw.send(get);
    await raw.receive(/404/);
    await clock.advance(2000);
    await raw.send("GET / HT");
    await clock.advance(1000);
    await raw.rest();
  });

  it("that takes nothing of its answer is closed, also where it has not sent all of its request", async () => {
    const clock = new FakeClock();
    const huge: Answer = { status: 200, body: Buffer.alloc(32 * 1024 * 1024) };
    await using wire = await WebWire.open(new FakeControl(), { clock, limits, pages: [() => huge] });
    const raw = await client(wire);
    raw.socket.pause();
    await raw.send("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n");
    await vi.waitFor(() => expect([...wire.sockets][0]?.writableLength).toBeGreaterThan(0), patience);
    await clock.advance(limits.stallMs);
    await vi.waitFor(() => expect(wire.sockets.size).toBe(0), patience);
  });

  it("leaves no timer behind", async () => {
    const { clock, wire } = await open();
    const raw = await client(wire);
    await raw.send(get);
    await raw.receive(/404/);
    await wire[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});

/** Answers when the test says so. */
class Held extends FakeControl {
  readonly begun = Promise.withResolvers<void>();
  readonly #answer = Promise.withResolvers<StatusReply>();

  answer(): void {
    this.#answer.resolve({ status: bareStatus, resumeToken: "e:1" });
  }

  override getStatus(): Promise<StatusReply> {
    this.begun.resolve();
    return this.#answer.promise;
  }
}

describe("The number of connections", () => {
  it("is bounded: one that has no request is given up for a new one", async () => {
    await using wire = await WebWire.open(new FakeControl(), { maxConnections: 2 });
    const first = await client(wire);
    await first.send(get);
    await first.receive(/404/);
    const second = await client(wire);
    const third = await wire.raw();
    expect(await first.rest()).toBe("");
    await third.send(get);
    await third.receive(/404/);
    await second.send(get);
    await second.receive(/404/);
  });

  it("is bounded: where all have requests, the new one is closed", async () => {
    const control = new Held();
    await using wire = await WebWire.open(control, { maxConnections: 1 });
    const answer = wire.post(getStatus, { jobId: "a" });
    await control.begun.promise;
    const next = await wire.raw();
    expect(await next.rest()).toBe("");
    control.answer();
    expect((await answer).status).toBe(200);
  });
});
