import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { SharedPort, type SharedPortOptions } from "../../../src/server/port/shared-port.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { patience } from "../../patience.ts";
import { RawSocket } from "../raw-socket.ts";

const preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/** A port before two doors that say what they are and repeat what they are told. */
class Shared implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly port: SharedPort;
  readonly sockets: Socket[] = [];
  number = 0;

  static async open(options: Partial<SharedPortOptions> = {}): Promise<Shared> {
    const shared = new Shared(options);
    shared.number = await shared.port.listen({ host: "127.0.0.1", port: 0 });
    return shared;
  }

  private constructor(options: Partial<SharedPortOptions>) {
    const echo = (name: string) => (socket: Socket) => {
      this.sockets.push(socket);
      socket.setEncoding("latin1").on("data", (text: string) => socket.write(`${name}<${text}>`));
    };
    this.port = new SharedPort(
      { http2: echo("http2"), http1: echo("http1") },
      { clock: this.clock, ...options },
    );
  }

  async client(): Promise<RawSocket> {
    const { undecided } = this.port;
    const raw = await RawSocket.open(this.number);
    await vi.waitFor(() => expect(this.port.undecided).toBe(undecided + 1), patience);
    return raw;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.port[Symbol.asyncDispose]();
    for (const socket of this.sockets) socket.destroy();
    await vi.waitFor(() => expect(this.port.undecided).toBe(0), patience);
    expect(this.clock.pendingTimers).toBe(0);
  }
}

describe("SharedPort", () => {
  it("hands a connection with the preface of HTTP/2 on, with all its bytes", async () => {
    await using shared = await Shared.open();
    using client = await shared.client();
    await client.send(`${preface}\0\0\0`);
    expect(await client.receive(/>$/)).toBe(`http2<${preface}\0\0\0>`);
    expect(shared.port.undecided).toBe(0);
  });

  it("waits for the whole preface, though it comes byte by byte", async () => {
    await using shared = await Shared.open();
    using client = await shared.client();
    for (const byte of preface) {
      expect(shared.sockets).toHaveLength(0);
      await client.send(byte);
    }
    expect(await client.receive(/SM\r\n\r\n>$/)).toBe(`http2<${preface}>`);
  });

  it.each([
    ["a request", "GET / HTTP/1.1\r\n\r\n"],
    ["a method that begins as the preface does", "PROPFIND / HTTP/1.1\r\n\r\n"],
    ["a preface that is wrong in its last byte", `${preface.slice(0, -1)}x`],
    ["what is TLS", "\x16\x03\x01\x02\x00\x01"],
    ["a zero", "\0"],
  ])("hands %s to the other door", async (_, bytes) => {
    await using shared = await Shared.open();
    using client = await shared.client();
    for (const byte of bytes) await client.send(byte);
    await vi.waitFor(() => expect(shared.sockets).toHaveLength(1), patience);
    let received = "";
    while (received.replaceAll(/http1<|>/g, "") !== bytes) received += await client.receive(/>$/);
  });

  it("closes a connection that says nothing, or not enough, when its time is up", async () => {
    await using shared = await Shared.open({ firstBytesMs: 1000 });
    using silent = await shared.client();
    await shared.clock.advance(500);
    using slow = await shared.client();
    await slow.send(preface.slice(0, 20));
    await shared.clock.advance(500);
    expect(await silent.rest()).toBe("");
    expect(shared.port.undecided).toBe(1);
    await shared.clock.advance(500);
    expect(await slow.rest()).toBe("");
    expect(shared.sockets).toHaveLength(0);
  });

  it("leaves a connection alone once it is decided", async () => {
    await using shared = await Shared.open({ firstBytesMs: 1000 });
    using client = await shared.client();
    await client.send("GET");
    await client.receive(/GET/);
    expect(shared.clock.pendingTimers).toBe(0);
    await client.send(" /");
    expect(await client.receive(/>$/)).toBe("http1< />");
  });

  it("gives the oldest undecided connection up for a new one when there are too many", async () => {
    await using shared = await Shared.open({ maxUndecided: 2 });
    using oldest = await shared.client();
    using second = await shared.client();
    await shared.clock.advance(1000);
    using newest = await RawSocket.open(shared.number);
    expect(await oldest.rest()).toBe("");
    await second.send("second");
    await newest.send("newest");
    expect(await second.receive(/>$/)).toBe("http1<second>");
    expect(await newest.receive(/>$/)).toBe("http1<newest>");
  });

  it("takes a crowd that comes at once, up to five times as many", async () => {
    await using shared = await Shared.open({ maxUndecided: 2 });
    const crowd = await Promise.all(Array.from({ length: 10 }, () => RawSocket.open(shared.number)));
    await vi.waitFor(() => expect(shared.port.undecided).toBe(10), patience);
    using eleventh = await RawSocket.open(shared.number);
    await vi.waitFor(() => expect(crowd.filter(({ socket }) => socket.closed)).toHaveLength(1), patience);
    const heard = [...crowd, eleventh].filter(({ socket }) => !socket.closed);
    for (const [index, each] of heard.entries()) await each.send(`${index}`);
    for (const [index, each] of heard.entries()) expect(await each.receive(/>$/)).toBe(`http1<${index}>`);
    for (const each of crowd) each[Symbol.dispose]();
  });

  it("is not harmed by connections that are reset or half closed before they are decided", async () => {
    await using shared = await Shared.open();
    using reset = await shared.client();
    await reset.send("PRI");
    reset.socket.resetAndDestroy();
    using half = await shared.client();
    half.socket.end("PRI");
    expect(await half.rest()).toBe("");
    await vi.waitFor(() => expect(shared.port.undecided).toBe(0), patience);
    expect(shared.sockets).toHaveLength(0);
  });
});

describe("SharedPort.close()", () => {
  it("takes no more connections, closes what is undecided, and leaves the others", async () => {
    await using shared = await Shared.open();
    using decided = await shared.client();
    await decided.send("one");
    await decided.receive(/one/);
    using undecided = await shared.client();
    shared.port.close();
    expect(await undecided.rest()).toBe("");
    await decided.send("two");
    expect(await decided.receive(/>$/)).toBe("http1<two>");
    const late = RawSocket.open(shared.number);
    await expect(late).rejects.toMatchObject({ code: "ECONNREFUSED" });
  });

  it("is harmless before it listens, and the second time", async () => {
    const port = new SharedPort({ http1: () => {}, http2: () => {} }, { clock: new FakeClock() });
    port.close();
    await port[Symbol.asyncDispose]();
    expect(port.undecided).toBe(0);
  });
});
