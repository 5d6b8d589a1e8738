import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { freePort } from "../free-port.ts";
import { patience } from "../patience.ts";
import { ServedExample } from "./served-example.ts";

/** The calls of the example, at an API that does as each test says: one for all, and always at the port that the example knows. */
const key = "s3cret-key";
let port: number;
let server: Server;
let calls: Call[];
let answer: (call: Call) => unknown;
let example: ServedExample;

interface Call {
  readonly product: number;
  readonly atMs: number;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

beforeAll(async () => {
  port = await freePort();
  server = createServer((request, response) => {
    const product = Number(request.url?.split("/").at(-1));
    const call = { product, atMs: performance.now(), request, response };
    calls.push(call);
    answer(call);
  });
  vi.stubEnv("API_URL", `http://127.0.0.1:${port}`);
  vi.stubEnv("API_KEY", key);
  example = await ServedExample.start("http-calls");
});

beforeEach(async () => {
  calls = [];
  answer = give;
  if (!server.listening) await once(server.listen(port, "127.0.0.1"), "listening");
});

afterAll(async () => {
  example[Symbol.dispose]();
  await killAll();
  vi.unstubAllEnvs();
  await closeServer();
});

async function closeServer(): Promise<void> {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
}

function give({ response }: Call): void {
  response.end(JSON.stringify({ price: 2, stock: 3 }));
}

function refuse({ response }: Call, status: number, headers = {}): void {
  response.writeHead(status, headers).end();
}

function triesOf(product: number): number {
  return calls.filter((call) => call.product === product).length;
}

describe("the calls to an API", () => {
  it("are as many at a time as it is said, and the rest wait", async () => {
    answer = () => {};
    await example.client.jobs.start({ jobId: "fetch-products", input: { count: 50 } });
    await vi.waitFor(() => expect(calls).toHaveLength(8), patience);
    const { currentRun } = await example.runUntil(
      "fetch-products",
      {},
      ({ currentRun }) => currentRun?.progress !== undefined,
    );
    expect(currentRun?.progress?.message).toMatch(/^8 in flight/);
    expect(calls).toHaveLength(8);
    answer = give;
    for (const call of calls) give(call);
    expect(await example.done("fetch-products")).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { fetched: 50, value: 300, failed: 0, triedAgain: 0 },
    });
    // Each once. They come over eight connections, so not quite in order.
    const asked = calls.map(({ product }) => product).toSorted((a, b) => a - b);
    expect(asked).toEqual(Array.from({ length: 50 }, (_, n) => n + 1));
    expect(calls.every(({ request }) => request.headers.authorization === `Bearer ${key}`)).toBe(true);
  });

  it("all wait when one of them is told to, until the pause is over", async () => {
    let pausedAtMs = 0;
    answer = () => {
      if (calls.length < 8) return;
      answer = give;
      pausedAtMs = performance.now();
      for (const call of calls.slice(0, 1)) refuse(call, 429, { "retry-after": "1" });
    };
    const { currentRun } = await example.runUntil("fetch-products", { count: 30 }, ({ currentRun }) =>
      /a pause of 1 s$/.test(currentRun?.progress?.message ?? ""),
    );
    expect(currentRun?.progress?.message).toMatch(/^7 in flight, 1 tried again/);
    for (const call of calls.slice(1)) give(call);
    expect(await example.done("fetch-products")).toMatchObject({ result: { fetched: 30, triedAgain: 1 } });
    expect(Math.min(...calls.slice(8).map(({ atMs }) => atMs))).toBeGreaterThanOrEqual(pausedAtMs + 1000);
  });

  it("understand a pause that ends at a date", async () => {
    let pausedAtMs = 0;
    answer = (call) => {
      answer = give;
      pausedAtMs = performance.now();
      refuse(call, 503, { "retry-after": new Date(Date.now() + 2500).toUTCString() });
    };
    expect(await example.run("fetch-products", { count: 1 })).toMatchObject({ result: { fetched: 1 } });
    expect(calls[1]?.atMs).toBeGreaterThan(pausedAtMs + 1400);
  });

  it("end where the pause would be too long", async () => {
    answer = (call) => refuse(call, 429, { "retry-after": "3600" });
    expect(await example.run("fetch-products")).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("The API asks for a pause of 3600 s: 429 Too Many Requests"),
    });
    expect(calls.length).toBeLessThanOrEqual(8);
  });

  it("are tried again where that may help, and what fails for good is reported", async () => {
    answer = (call) => {
      const { product, response } = call;
      if (product === 3) refuse(call, 404);
      else if (product === 5 && triesOf(5) === 1) refuse(call, 500);
      else if (product === 7 && triesOf(7) === 1) response.destroy();
      else if (product === 8) refuse(call, 502);
      else if (product === 9) response.end("<html>");
      else if (product === 10) response.end("null");
      else if (product === 11) refuse(call, 302, { location: "https://example.org/" });
      else give(call);
    };
    expect(await example.run("fetch-products", { count: 20 })).toMatchObject({
      state: JobState.SUCCEEDED,
      result: {
        fetched: 15,
        failed: 5,
        triedAgain: 4,
        failures: [
          { product: 3, reason: "404 Not Found" },
          { product: 8, reason: "502 Bad Gateway (3 tries)" },
          { product: 9, reason: "the answer is no JSON" },
          { product: 10, reason: "the answer is no product" },
          { product: 11, reason: "302 Found" },
        ],
      },
    });
    expect([3, 5, 7, 8, 9].map(triesOf)).toEqual([1, 2, 2, 3, 1]);
    expect(await example.output("fetch-products")).toContain("product 8: 502 Bad Gateway (3 tries)");
  });

  it("take no longer than their limit, the answer's body included", async () => {
    answer = (call) => {
      if (call.product === 2) return;
      if (call.product === 3) call.response.write('{"price":');
      else give(call);
    };
    const reason = "no answer within 2000 ms (3 tries)";
    expect(await example.run("fetch-products", { count: 20 })).toMatchObject({
      result: {
        fetched: 18,
        failures: [
          { product: 2, reason },
          { product: 3, reason },
        ],
      },
    });
  });

  it("are all broken off by a stop", async () => {
    answer = () => {};
    await example.client.jobs.start({ jobId: "fetch-products" });
    await vi.waitFor(() => expect(calls).toHaveLength(8), patience);
    const closed = calls.map(({ response }) => once(response, "close"));
    const { status } = await example.client.jobs.stop({ jobId: "fetch-products", wait: true });
    expect(status).toMatchObject({
      state: JobState.STOPPED,
      currentRun: { stopping: { acknowledged: true } },
    });
    await Promise.all(closed);
    expect(calls).toHaveLength(8);
  });

  it("end at once where the key is not taken, and do not tell it", async () => {
    answer = (call) => refuse(call, 401);
    const status = await example.run("fetch-products");
    expect(status).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("The API does not take the key: 401 Unauthorized"),
    });
    expect(calls.length).toBeLessThanOrEqual(8);
    expect(status.message).not.toContain(key);
  });

  it("end where nobody is there", async () => {
    await closeServer();
    expect(await example.run("fetch-products", { count: 100_000 })).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("The API cannot be reached: connect ECONNREFUSED"),
    });
  });

  it("get what they can from the example's own API", async () => {
    await closeServer();
    await example.runUntil("shop-api", {}, ({ state }) => state === JobState.RUNNING);
    expect(await example.run("fetch-products", { count: 110 })).toMatchObject({
      result: {
        fetched: 108,
        failures: [
          { product: 50, reason: "404 Not Found" },
          { product: 100, reason: "404 Not Found" },
        ],
      },
    });
    expect(await example.client.jobs.stop({ jobId: "shop-api", wait: true })).toMatchObject({
      status: { state: JobState.STOPPED },
    });
  });
});
