/** Raw bytes at the HTTP/1.1 door: each is answered or closed, none does any harm, and the next call is served. */
import { connect as connectTls } from "node:tls";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { pathOf, WebWire } from "./web-wire.ts";

const { getStatus } = JobControlService.method;
const path = pathOf(getStatus);
const host = "Host: 127.0.0.1";
const json = "Content-Type: application/json";

let wire: WebWire;

beforeEach(async () => {
  wire = await WebWire.open();
});

afterEach(async () => {
  expect((await wire.post(getStatus, { jobId: "last" })).status).toBe(200);
  expect(wire.bugs).toEqual([]);
  await wire[Symbol.asyncDispose]();
});

/** What is answered to these lines by the time that the connection is closed. */
async function answerTo(...lines: readonly string[]): Promise<string> {
  const raw = await wire.raw();
  await raw.send(lines.join("\r\n"));
  return raw.rest();
}

const statusLines = (answer: string) => answer.match(/HTTP\/1\.1 \d{3}/g) ?? [];

describe("A head that is wrong is answered, and the connection closed:", () => {
  it.each<[string, number, readonly string[]]>([
    ["no HTTP at all", 400, ["hello", "", ""]],
    ["zeros", 400, ["\0".repeat(100)]],
    ["a line of another version", 400, ["GET / HTTP/9.9", host, "", ""]],
    ["half a preface of HTTP/2", 400, ["PRI * HTTP/2.0", "", "XX", "", ""]],
    ["no Host", 400, ["GET /readyz HTTP/1.1", "", ""]],
    ["no Host, in HTTP/1.0", 400, ["GET /readyz HTTP/1.0", "", ""]],
    ["two Hosts", 400, ["GET /readyz HTTP/1.1", host, "Host: evil.example", "", ""]],
    ["a Host that cannot be read", 400, ["GET /readyz HTTP/1.1", "Host: a b", "", ""]],
    ["a Host that is not ours", 403, ["GET /readyz HTTP/1.1", "Host: evil.example", "", ""]],
    ["an address elsewhere", 400, ["GET http://evil.example/ HTTP/1.1", host, "", ""]],
    ["another Host than its address", 403, ["GET http://127.0.0.1/ HTTP/1.1", "Host: evil.example", "", ""]],
    ["a page elsewhere", 403, [`POST ${path} HTTP/1.1`, host, json, "Origin: http://evil.example", "", ""]],
    ["a question before such a request", 403, [`OPTIONS ${path} HTTP/1.1`, host, "Origin: null", "", ""]],
    [
      "two lengths",
      400,
      [`POST ${path} HTTP/1.1`, host, json, "Content-Length: 2", "Content-Length: 3", "", "{}"],
    ],
    [
      "a length and chunks",
      400,
      [
        `POST ${path} HTTP/1.1`,
        host,
        json,
        "Content-Length: 2",
        "Transfer-Encoding: chunked",
        "",
        "0",
        "",
        "",
      ],
    ],
    [
      "chunks that are none",
      400,
      [`POST ${path} HTTP/1.1`, host, json, "Transfer-Encoding: xchunked", "", "0", "", ""],
    ],
    ["a length below zero", 400, [`POST ${path} HTTP/1.1`, host, json, "Content-Length: -1", "", ""]],
    ["a name with a space", 400, ["GET /readyz HTTP/1.1", host, "Content-Length : 0", "", ""]],
    ["a folded line", 400, ["GET /readyz HTTP/1.1", host, " evil: 1", "", ""]],
    ["a line without an end", 431, ["GET /readyz HTTP/1.1", host, `X: ${"x".repeat(17_000)}`]],
    ["too long an address", 431, [`GET /${"x".repeat(17_000)} HTTP/1.1`, host, "", ""]],
  ])("%s", async (_, status, lines) => {
    const answer = await answerTo(...lines);
    expect(statusLines(answer)).toEqual([`HTTP/1.1 ${status}`]);
    expect(answer).toMatch(/^Connection: close\r$/m);
    expect(answer).toMatch(/^Content-Security-Policy: default-src 'none';.*frame-ancestors 'none'\r$/m);
    expect(wire.control.asked).toEqual([]);
  });

  it("what a client of TLS says", async () => {
    const socket = connectTls({ host: "127.0.0.1", port: wire.port, rejectUnauthorized: false });
    const { promise, resolve } = Promise.withResolvers<Error>();
    socket.once("error", resolve);
    expect(String(await promise)).toMatch(/wrong version number|packet length/);
  });
});

describe("A body that is wrong", () => {
  it("in its chunks is answered with 400, and does not reach the core", async () => {
    const answer = await answerTo(
      `POST ${path} HTTP/1.1`,
      host,
      json,
      "Transfer-Encoding: chunked",
      "",
      "2",
      `{"`,
      "zz",
      "",
    );
    expect(statusLines(answer)).toEqual(["HTTP/1.1 400"]);
    expect(wire.control.asked).toEqual([]);
  });

  it("because it is cut off is nobody's call", async () => {
    const raw = await wire.raw();
    await raw.send(`POST ${path} HTTP/1.1\r\n${host}\r\n${json}\r\nContent-Length: 100\r\n\r\n{"jobId"`);
    raw.socket.resetAndDestroy();
    await raw.rest();
    expect(wire.control.asked).toEqual([]);
  });

  it("because it goes on and on is answered at some time, and cut off", async () => {
    const raw = await wire.raw();
    await raw.send(`POST ${path} HTTP/1.1\r\n${host}\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n`);
    const chunk = `10000\r\n${"x".repeat(0x10000)}\r\n`;
    while (!raw.socket.closed) await Promise.race([raw.send(chunk), raw.rest()]);
    expect(wire.control.asked).toEqual([]);
  });

  it("of many small chunks costs no more than another", async () => {
    const body = `{"jobId":"${"a".repeat(100)}","unknown":"${"x".repeat(60_000)}"}`;
    const chunks = Array.from(body, (byte) => `1\r\n${byte}\r\n`).join("");
    const raw = await wire.raw();
    await raw.send(
      `POST ${path} HTTP/1.1\r\n${host}\r\n${json}\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`,
    );
    expect(await raw.receive(/"resumeToken":"e:42"\}$/)).toContain("HTTP/1.1 200");
  });
});

describe("Several requests on one connection", () => {
  const call = (jobId: string) => {
    const body = `{"jobId":"${jobId}"}`;
    return [`POST ${path} HTTP/1.1`, host, json, `Content-Length: ${body.length}`, "", body].join("\r\n");
  };

  it("are answered one after the other, though they come at once", async () => {
    const raw = await wire.raw();
    await raw.send(["a", "b", "c"].map(call).join(""));
    let answers = "";
    while (statusLines(answers).length < 3 || !answers.endsWith("}")) answers += await raw.receive(/\}$/);
    expect(wire.control.asked).toMatchObject([{ jobId: "a" }, { jobId: "b" }, { jobId: "c" }]);
  });

  it("do not wait in any number", async () => {
    const raw = await wire.raw();
    await raw.send(`GET /a HTTP/1.1\r\n${host}\r\n\r\n`.repeat(200));
    expect(statusLines(await raw.rest()).length).toBeLessThan(20);
  });

  it("are not made of one that says two things of its length", async () => {
    const smuggled = `GET /smuggled HTTP/1.1\r\n${host}\r\n\r\n`;
    const answer = await answerTo(
      `POST ${path} HTTP/1.1`,
      host,
      json,
      `Content-Length: ${smuggled.length + 5}`,
      "Transfer-Encoding: chunked",
      "",
      "0",
      "",
      smuggled,
    );
    expect(statusLines(answer)).toEqual(["HTTP/1.1 400"]);
  });

  it("go on after HEAD, 404, 405 and OPTIONS", async () => {
    const raw = await wire.raw();
    for (const [method, target, status] of [
      ["HEAD", "/nothing", 404],
      ["GET", "/nothing", 404],
      ["GET", path, 405],
      ["DELETE", "/nothing", 405],
      ["OPTIONS", path, 204],
      ["OPTIONS", "/nothing", 204],
    ] as const) {
      await raw.send(`${method} ${target} HTTP/1.1\r\n${host}\r\n\r\n`);
      const answer = await raw.receive(
        status === 204 || method === "HEAD" ? /\r\n\r\n$/ : /\r\n\r\n[^\r]+\n$/,
      );
      expect(statusLines(answer)).toEqual([`HTTP/1.1 ${status}`]);
      expect(answer).not.toContain("Connection: close");
    }
  });

  it("end with one that asks for it, as with HTTP/1.0", async () => {
    expect(statusLines(await answerTo(`GET /a HTTP/1.1`, host, "Connection: close", "", ""))).toHaveLength(1);
    expect(statusLines(await answerTo(`GET /a HTTP/1.0`, host, "", ""))).toHaveLength(1);
  });
});

describe("Whatever comes in", () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));
  const line = fc.constantFrom(
    `POST ${path} HTTP/1.1\r\n`,
    "GET /readyz HTTP/1.1\r\n",
    "OPTIONS * HTTP/1.1\r\n",
    "CONNECT 127.0.0.1:1 HTTP/1.1\r\n",
    "Host: 127.0.0.1\r\n",
    "Host: \xff\r\n",
    "Content-Type: application/json\r\n",
    "Content-Type: application/grpc-web+proto\r\n",
    "Content-Length: 2\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Expect: 100-continue\r\n",
    "Expect: the-unexpected\r\n",
    "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n",
    "Upgrade: websocket\r\nConnection: Upgrade\r\n",
    "Connect-Timeout-Ms: 1\r\n",
    "\r\n",
    "{}",
    "0\r\n\r\n",
  );

  it("is survived", async () => {
    const piece = fc.oneof(
      { weight: 5, arbitrary: line.map((text) => Buffer.from(text, "latin1")) },
      { weight: 1, arbitrary: bytes(20) },
    );
    const survive = fc.asyncProperty(fc.array(piece, { maxLength: 15 }), async (pieces) => {
      const raw = await wire.raw();
      raw.socket.end(Buffer.concat(pieces));
      expect(await raw.rest()).not.toContain("HTTP/1.1 500");
    });
    await fc.assert(survive, { numRuns: 200 });
  });
});
