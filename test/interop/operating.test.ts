import { Code, ConnectError } from "@connectrpc/connect";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import type { Log } from "../../src/server/log.ts";
import { testConfiguration } from "./test-server.ts";

let server: JobControlServer;
let client: JobControlClient;
let logged: [string, object][];
let asked: PromiseWithResolvers<void>;

beforeEach(async () => {
  logged = [];
  asked = Promise.withResolvers();
  const keep = (fields: object, message: string) => {
    logged.push([message, fields]);
    if (message === "Asked to drain") asked.resolve();
  };
  const log: Log = { info: keep, warn: keep, error: keep };
  server = new JobControlServer(testConfiguration({ rate: { perSecond: 0.001, burst: 2 } }), { log });
  // What waits here waits for long, and is refused at once with a deadline.
  client = createJobControlClient({ address: `127.0.0.1:${await server.start()}`, timeoutMs: 0 });
});

afterEach(async () => {
  client[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

describe("AdminService, on the wire", () => {
  it("changes the limits under a backlog, and logs who did it and why", async () => {
    await client.jobs.start({ jobId: "forever" });
    await client.jobs.start({ jobId: "sum", input: { numbers: [] } });
    const waiting = Array.from({ length: 5 }, () => client.jobs.getStatus({ jobId: "sum" }));
    await untilStats((stats) => stats?.depth === 5);
    const { stats } = await client.admin.updateLimits({ tokensPerSecond: 1000, burst: 9, reason: "rush" });
    expect(stats).toMatchObject({ tokensPerSecond: 1000, burst: 9, activeRuns: 1 });
    expect(await Promise.all(waiting)).toHaveLength(5);
    expect(logged).toContainEqual([
      "Limits changed",
      { peer: expect.stringContaining("127.0.0.1"), reason: "rush", tokensPerSecond: 1000, burst: 9 },
    ]);
  });

  it("drains: the answer arrives, watches of the figures end, and so does the server", async () => {
    await client.jobs.start({ jobId: "forever" });
    await client.jobs.start({ jobId: "sum", input: { numbers: [] } });
    const queued = client.jobs
      .start({ jobId: "sum", input: { numbers: [] } })
      .catch((error: unknown) => error);
    await untilStats((stats) => stats?.depth === 1);
    const figures = client.admin.watchChannelStats({ interval: { seconds: 60n } })[Symbol.asyncIterator]();
    await figures.next();
    const deadline = { seconds: 0n, nanos: 50_000_000 };
    const [first, second] = await Promise.all([
      client.admin.drain({ deadline, reason: "deploy" }),
      client.admin.drain({}),
    ]);
    expect(first).toMatchObject({ applied: 0n, refused: 1n });
    expect(second).toMatchObject({ applied: 0n, refused: 1n });
    expect(await queued).toMatchObject({
      code: Code.Unavailable,
      rawMessage: expect.stringContaining("not applied"),
    });
    expect((await figures.next()).value).toMatchObject({ stats: { activeRuns: 0, depth: 0 } });
    await expect(figures.next()).rejects.toMatchObject({ code: Code.Unavailable });
    await server.drained;
    expect(logged.map(([message]) => message)).toContain("Drained");
    expect(logged).toContainEqual([
      "Asked to drain",
      expect.objectContaining({ reason: "deploy", timeoutMs: 50 }),
    ]);
    await expect(client.jobs.listJobs({})).rejects.toMatchObject({ code: Code.Unavailable });
  });

  it("drains to its end although the caller goes away at once", async () => {
    await client.jobs.start({ jobId: "forever" });
    await client.jobs.start({ jobId: "sum", input: { numbers: [] } });
    const queued = refusalOf(client.jobs.getStatus({ jobId: "sum" }));
    await untilStats((stats) => stats?.depth === 1);
    const call = new AbortController();
    const deadline = { seconds: 0n, nanos: 300_000_000 };
    const drain = refusalOf(client.admin.drain({ deadline }, { signal: call.signal }));
    await asked.promise;
    call.abort();
    expect(await drain).toBe(Code.Canceled);
    await server.drained;
    expect(await queued).toBe(Code.Unavailable);
  });
});

/** The code that a call fails with. */
function refusalOf(call: Promise<unknown>): Promise<Code> {
  return call.then(
    () => expect.unreachable("The call was answered"),
    (error) => ConnectError.from(error).code,
  );
}

async function untilStats(isMet: (stats: Awaited<ReturnType<typeof statsNow>>) => boolean): Promise<void> {
  while (!isMet(await statsNow()));
}

async function statsNow() {
  return (await client.admin.getChannelStats({})).stats;
}
