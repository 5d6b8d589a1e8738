import { describe, expect, it, vi } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import { TcpListener } from "../../src/server/port/tcp-listener.ts";
import { WebDoor } from "../../src/server/web-door.ts";
import { Counters } from "../../src/telemetry/counters.ts";
import { TypeLabels } from "../../src/telemetry/type-labels.ts";
import { patience } from "../patience.ts";
import { fullStats } from "../rpc/sample.ts";
import { RawSocket } from "./raw-socket.ts";

const get = "GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
const good = { isGood: true, checks: [] };

/** A door on a port of its own. */
class Opened implements AsyncDisposable {
  readonly bugs: unknown[] = [];
  readonly door = new WebDoor([], {
    clock: systemClock,
    onBug: (error) => void this.bugs.push(error),
    health: { live: good, ready: good },
    metrics: () => ({ counters: new Counters({ types: new TypeLabels([]) }), stats: fullStats, ready: true }),
  });
  accepted = 0;
  readonly #listener = new TcpListener((socket) => {
    this.accepted++;
    this.door.accept(socket);
  });
  #port = 0;

  static async open(): Promise<Opened> {
    const opened = new Opened();
    opened.#port = await opened.#listener.listen({ host: "127.0.0.1", port: 0 });
    return opened;
  }

  async connect(): Promise<RawSocket> {
    const before = this.accepted;
    const raw = await RawSocket.open(this.#port);
    await vi.waitFor(() => expect(this.accepted).toBe(before + 1), patience);
    return raw;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    await this.door[Symbol.asyncDispose]();
    expect(this.bugs).toEqual([]);
  }
}

describe("WebDoor", () => {
  it("serves connections that come while it is being loaded, and those that come later", async () => {
    await using opened = await Opened.open();
    using first = await opened.connect();
    using second = await opened.connect();
    await first.send(get);
    await second.send(get);
    expect(await first.receive(/ok\n$/)).toContain("HTTP/1.1 200");
    expect(await second.receive(/ok\n$/)).toContain("HTTP/1.1 200");
    using third = await opened.connect();
    await third.send(get);
    await third.receive(/ok\n$/);
  });

  it("survives a connection that is gone before it is loaded", async () => {
    await using opened = await Opened.open();
    using gone = await opened.connect();
    gone.socket.resetAndDestroy();
    using next = await opened.connect();
    await next.send(get);
    await next.receive(/ok\n$/);
  });

  it("drains while it is being loaded", async () => {
    await using opened = await Opened.open();
    using raw = await opened.connect();
    await opened.door.drain();
    await raw.rest();
  });

  it("needs nothing loaded to drain, and takes nothing afterwards", async () => {
    await using opened = await Opened.open();
    await opened.door.drain();
    using raw = await opened.connect();
    expect(await raw.rest()).toBe("");
  });
});
