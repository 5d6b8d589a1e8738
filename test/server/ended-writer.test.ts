import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { CommandReceipt_Outcome as Outcome } from "../../gen/jobcontrol/v1/command_pb.ts";
import { createJobControlClient, describeFailure, type JobControlClient } from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { patience } from "../patience.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

afterEach(() => vi.restoreAllMocks());

/** What each Start was told, by its request id: the reason of its refusal, or OK. */
type Told = Map<string, string>;

/** Starts one job after the other, and tries none a second time. */
async function keepStarting(
  { jobs }: JobControlClient,
  told: Told,
  { name, signal }: { name: string; signal: AbortSignal },
) {
  for (let n = 0; !signal.aborted; n++) {
    const requestId = `${name}-${n}`;
    const start = jobs.start({ jobId: requestId, jobType: "sum", requestId, input: { numbers: [n] } });
    const failure = await start.then(() => undefined, describeFailure);
    told.set(requestId, failure?.reason ?? "OK");
    // Who was refused does not come again before others have had their turn.
    if (failure !== undefined) await new Promise((resolve) => setImmediate(resolve));
  }
}

describe("A server whose thread that writes ends under load", () => {
  it("has told every caller what is true, and goes on", async () => {
    const posted = vi.spyOn(Worker.prototype, "postMessage");
    const writer = () => {
      const last = posted.mock.calls.findLastIndex(([message]) => message.method === "write");
      return posted.mock.contexts[last] as Worker;
    };
    await using folder = await TemporaryFolder.create();
    const store = { file: join(folder.path, "jobs.db") };
    const told: Told = new Map();
    {
      await using server = new JobControlServer(testConfiguration({ store }), { log: quietLog });
      using client = createJobControlClient({ address: `127.0.0.1:${await server.start()}` });
      const enough = new AbortController();
      const { signal } = enough;
      const callers = [..."abcdefgh"].map((name) => keepStarting(client, told, { name, signal }));
      for (let n = 0; n < 8; n++) {
        const { size } = told;
        await vi.waitFor(() => expect([...told.values()].slice(size)).toContain("OK"), patience);
        await writer().terminate();
        posted.mockClear();
        await vi.waitFor(() => expect(writer()).toBeDefined(), patience);
      }
      await vi.waitFor(
        () => client.jobs.start({ jobId: "last", jobType: "sum", input: { numbers: [] } }),
        patience,
      );
      enough.abort();
      await Promise.all(callers);
    }
    await using next = new JobControlServer(testConfiguration({ store }), { log: quietLog });
    using client = createJobControlClient({ address: `127.0.0.1:${await next.start()}` });
    expect(new Set(told.values())).toEqual(new Set(["OK", "STORE_UNAVAILABLE"]));
    for (const [requestId, reason] of told) {
      const command = { case: "requestId", value: requestId } as const;
      const kept = await client.jobs.getCommand({ command }).catch(describeFailure);
      const isApplied = "receipt" in kept && kept.receipt?.outcome === Outcome.APPLIED;
      expect({ requestId, isApplied }).toEqual({ requestId, isApplied: reason === "OK" });
    }
  });
});
