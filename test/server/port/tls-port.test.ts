import { once } from "node:events";
import { connect as connectHttp2, constants } from "node:http2";
import { connect as connectTcp, type Socket } from "node:net";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterAll, describe, expect, it, vi } from "vitest";
import { SharedPort, type SharedPortOptions } from "../../../src/server/port/shared-port.ts";
import { TlsHandshakes } from "../../../src/server/port/tls-handshakes.ts";
import { type TlsMaterial, tlsMaterial } from "../../../src/server/secrets/tls-material.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { type Certificate, Certificates } from "../../certificates.ts";
import { patience } from "../../patience.ts";

const certificates = await Certificates.create();
const server = certificates.signed("server", "DNS:localhost", "IP:127.0.0.1");
const { cert: ca } = certificates.authority;

afterAll(() => certificates[Symbol.asyncDispose]());

function material({ cert, key }: Certificate, over: Partial<TlsMaterial> = {}): TlsMaterial {
  const file = (text: string) => ({ text, wrong: (problem: string) => new Error(problem) });
  const files = { cert: file(cert), key: file(key), clientCa: undefined };
  return { ...tlsMaterial({ minVersion: "TLSv1.2" }, files), ...over };
}

interface Options extends Partial<SharedPortOptions> {
  readonly tls?: TlsMaterial;
  readonly isClientCertRequired?: boolean;
}

/** A port with TLS, before two doors that say what they are and repeat what they are told. */
class Secured implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly handshakes: TlsHandshakes;
  readonly port: SharedPort;
  readonly sockets: Socket[] = [];
  readonly #clients: Socket[] = [];
  number = 0;

  static async open(options: Options = {}): Promise<Secured> {
    const secured = new Secured(options);
    secured.number = await secured.port.listen({ host: "127.0.0.1", port: 0 });
    return secured;
  }

  private constructor({ tls = material(server), isClientCertRequired = false, ...options }: Options) {
    this.handshakes = new TlsHandshakes({ clientCa: tls.clientCa, isClientCertRequired });
    this.handshakes.update(tls);
    const door = (name: string) => (socket: Socket) => {
      this.sockets.push(socket);
      socket.on("error", () => {});
      socket.setEncoding("latin1").on("data", (text: string) => socket.write(`${name}<${text}>`));
    };
    const doors = { http2: door("http2"), http1: door("http1") };
    this.port = new SharedPort(doors, { clock: this.clock, handshakes: this.handshakes, ...options });
  }

  /** Shakes hands. Rejects where that fails, or the server closes at once. */
  async client(options: ConnectionOptions = {}): Promise<TLSSocket> {
    const socket = connect({ host: "127.0.0.1", port: this.number, ca, ...options });
    this.#clients.push(socket);
    // A refusal in TLS 1.3 comes when the client is done already.
    socket.on("error", () => {});
    await once(socket, "secureConnect");
    return socket;
  }

  async tcp(options: { readonly allowHalfOpen?: boolean } = {}): Promise<Socket> {
    const socket = connectTcp({ host: "127.0.0.1", port: this.number, ...options });
    this.#clients.push(socket);
    socket.on("error", () => {});
    await once(socket, "connect");
    return socket;
  }

  async undecided(count: number): Promise<void> {
    await vi.waitFor(() => expect(this.port.undecided).toBe(count), patience);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.destroy();
    await this.port[Symbol.asyncDispose]();
    for (const socket of this.sockets) socket.destroy();
    await this.undecided(0);
    await vi.waitFor(() => expect(this.clock.pendingTimers).toBe(0), patience);
  }
}

async function answerTo(socket: Socket, text: string): Promise<string> {
  socket.write(text);
  const [answer] = await once(socket, "data");
  return String(answer);
}

/** Resolves when the other side has closed it, however. */
function closed(socket: Socket): Promise<void> {
  socket.on("error", () => {}).resume();
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once("close", () => resolve());
  });
}

/** The beginning of a handshake that is never gone on with. */
const clientHello = Buffer.from([0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);

describe("A port with TLS", () => {
  it.each([
    ["http/1.1 alone", ["http/1.1"], "http1"],
    ["http/1.1 and h2", ["h2", "http/1.1"], "http1"],
    ["h2 alone", ["h2"], "http2"],
    ["nothing", undefined, "http1"],
  ])("gives who offers %s what it speaks", async (_, ALPNProtocols, door) => {
    await using secured = await Secured.open();
    const client = await secured.client(ALPNProtocols && { ALPNProtocols });
    expect(await answerTo(client, "hello")).toBe(`${door}<hello>`);
    expect(secured.port.undecided).toBe(0);
    expect(secured.clock.pendingTimers).toBe(0);
  });

  it("refuses who offers neither", async () => {
    await using secured = await Secured.open();
    const client = secured.client({ ALPNProtocols: ["spdy/3"] });
    await expect(client).rejects.toMatchObject({ code: "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL" });
    await secured.undecided(0);
  });

  it("speaks TLS 1.3 and 1.2, and nothing older", async () => {
    await using secured = await Secured.open();
    expect((await secured.client()).getProtocol()).toBe("TLSv1.3");
    expect((await secured.client({ maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(secured.client(old)).rejects.toThrow();
  });

  it("speaks TLS 1.3 alone where that is asked for", async () => {
    await using secured = await Secured.open({ tls: material(server, { minVersion: "TLSv1.3" }) });
    await secured.client();
    await expect(secured.client({ maxVersion: "TLSv1.2" })).rejects.toThrow();
  });

  it("takes a handshake that comes byte by byte, and what comes right behind it", async () => {
    await using secured = await Secured.open();
    const tcp = await secured.tcp();
    // The client's own bytes, through a socket that hands them on one by one.
    const { Duplex } = await import("node:stream");
    const slow = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        for (const byte of chunk) tcp.write(Buffer.from([byte]));
        done();
      },
    });
    tcp.setNoDelay(true).on("data", (chunk) => slow.push(chunk));
    const client = connect({ socket: slow, ca, servername: "localhost", ALPNProtocols: ["h2"] });
    expect(await answerTo(client, "early")).toBe("http2<early>");
  });
});

describe("A handshake that does not come to its end", () => {
  it.each([
    ["says nothing", ""],
    ["stops after its first byte", clientHello.subarray(0, 1)],
    ["stops in its midst", clientHello],
  ])("is closed when its time is up, where a client %s", async (_, bytes) => {
    await using secured = await Secured.open({ firstBytesMs: 1000 });
    const client = await secured.tcp();
    if (bytes.length > 0) client.write(bytes);
    await secured.undecided(1);
    await secured.clock.advance(999);
    expect(client.closed).toBe(false);
    await secured.clock.advance(1);
    await closed(client);
    await secured.undecided(0);
    expect(secured.sockets).toHaveLength(0);
  });

  it("counts among those that are undecided, of which the oldest makes room", async () => {
    await using secured = await Secured.open({ maxUndecided: 2 });
    const oldest = await secured.tcp();
    oldest.write(clientHello);
    await secured.undecided(1);
    const second = await secured.tcp();
    second.write(clientHello);
    await secured.undecided(2);
    await secured.clock.advance(1000);
    expect(await answerTo(await secured.client(), "hello")).toBe("http1<hello>");
    await closed(oldest);
    expect(second.closed).toBe(false);
  });

  it("is closed at once where it is broken", async () => {
    await using secured = await Secured.open();
    const client = await secured.tcp();
    client.write(Buffer.concat([clientHello, Buffer.alloc(600, 0xff)]));
    await closed(client);
    await secured.undecided(0);
  });

  it("ends with the client", async () => {
    await using secured = await Secured.open();
    const client = await secured.tcp();
    client.write(clientHello);
    await secured.undecided(1);
    client.resetAndDestroy();
    await secured.undecided(0);
  });

  it("ends with the port", async () => {
    await using secured = await Secured.open();
    const client = await secured.tcp();
    client.write(clientHello);
    await secured.undecided(1);
    secured.port.close();
    await closed(client);
    await secured.undecided(0);
  });
});

describe("Plain text at a port with TLS", () => {
  it("is told so over HTTP/1.1", async () => {
    await using secured = await Secured.open();
    const answer = await fetch(`http://127.0.0.1:${secured.number}/livez`);
    expect(answer.status).toBe(400);
    expect(await answer.text()).toBe("This port speaks TLS\n");
    await secured.undecided(0);
  });

  it("is told so over HTTP/2", async () => {
    await using secured = await Secured.open();
    const session = connectHttp2(`http://127.0.0.1:${secured.number}`);
    session.on("error", () => {});
    const [code, , said] = await once(session, "goaway");
    expect(code).toBe(constants.NGHTTP2_INADEQUATE_SECURITY);
    expect(String(said)).toBe("This port speaks TLS");
    session.destroy();
  });

  it("is closed, though the client does not leave", async () => {
    await using secured = await Secured.open();
    const client = await secured.tcp({ allowHalfOpen: true });
    expect(await answerTo(client, "GET / HTTP/1.1\r\n")).toMatch(/TLS\n$/);
    await secured.undecided(0);
    expect(secured.clock.pendingTimers).toBe(1);
    await secured.clock.advance(1000);
    // What it goes on to say finds nobody, which it hears when it has said it.
    await vi.waitFor(() => {
      client.write("more");
      expect(client.closed).toBe(true);
    }, patience);
    expect(secured.sockets).toHaveLength(0);
  });
});

describe("A client's certificate", () => {
  const client = certificates.signed("deployer");
  const stranger = certificates.selfSigned("stranger", "DNS:localhost");
  const tls = material(server, { clientCa: ca });

  it("is verified, where one is shown", async () => {
    await using secured = await Secured.open({ tls });
    await answerTo(await secured.client({ cert: client.cert, key: client.key }), "hello");
    expect(secured.sockets).toMatchObject([{ authorized: true }]);
  });

  it("may be missing", async () => {
    await using secured = await Secured.open({ tls });
    expect(await answerTo(await secured.client(), "hello")).toBe("http1<hello>");
    expect(secured.sockets).toMatchObject([{ authorized: false }]);
  });

  it("ends the connection where nobody vouches for it", async () => {
    await using secured = await Secured.open({ tls });
    await closed(await secured.client({ cert: stranger.cert, key: stranger.key }));
    expect(secured.sockets).toHaveLength(0);
    await secured.undecided(0);
  });

  it("may not be missing where it is required", async () => {
    await using secured = await Secured.open({ tls, isClientCertRequired: true });
    await closed(await secured.client());
    await closed(await secured.client({ cert: stranger.cert, key: stranger.key }));
    expect(secured.sockets).toHaveLength(0);
    await answerTo(await secured.client({ cert: client.cert, key: client.key }), "hello");
  });
});

describe("TlsHandshakes.update()", () => {
  it("makes new connections with the new certificate, and leaves the others", async () => {
    await using secured = await Secured.open();
    const before = await secured.client();
    await answerTo(before, "one");
    const next = certificates.signed("next", "IP:127.0.0.1");
    secured.handshakes.update(material(next));
    const after = await secured.client();
    expect(after.getPeerCertificate().subject.CN).toBe("next");
    expect(await answerTo(before, "two")).toBe("http1<two>");
  });

  it("makes sessions of before begin anew, so that they bring no certificate that counts no more", async () => {
    const client = certificates.signed("deployer");
    await using secured = await Secured.open({ tls: material(server, { clientCa: ca }) });
    const mine = { cert: client.cert, key: client.key, maxVersion: "TLSv1.2" } as const;
    const before = await secured.client(mine);
    await answerTo(before, "one");
    const session = before.getSession();
    await using other = await Certificates.create();
    secured.handshakes.update(material(server, { clientCa: other.authority.cert }));
    const again = connect({
      host: "127.0.0.1",
      port: secured.number,
      ca,
      ...mine,
      ...(session && { session }),
    });
    await closed(again);
    expect(secured.sockets).toHaveLength(1);
  });
});
