import { DatabaseSync } from "node:sqlite";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { createJobControlClient, describeFailure, type Retry } from "../../src/client/index.ts";
import type { JobFunction } from "../../src/runner/job-context.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { SharedPort } from "../../src/server/port/shared-port.ts";
import { runHere } from "../cli/jobctl-here.ts";
import { StoreFolder } from "../engine/sqlite/store-folder.ts";
import { freePort } from "../free-port.ts";
import { callers } from "../interop/callers.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { jobType } from "../job/job-type.ts";
import { RecoveringServer } from "./recovering-server.ts";
import { ServingReader } from "./serving-reader.ts";

const { start, stop, getStatus, listJobs, watchStatus, watchOutput } = JobControlService.method;
const { getChannelStats, watchChannelStats, drain } = AdminService.method;
const refusal = { code: "unavailable", reason: "RECOVERING" };

describe("A server that recovers, to callers", () => {
  let recovering: RecoveringServer;

  beforeAll(async () => {
    recovering = await RecoveringServer.start();
  });
  afterAll(() => recovering[Symbol.asyncDispose]());

  const callerBy = (name: string) => callers[name]?.(recovering.url) ?? expect.fail("No such caller");

  it.each(Object.keys(callers))("refuses calls by %s, and does nothing", async (name) => {
    const { unary, stream } = callerBy(name);
    await expect(unary(start, { jobId: "early", jobType: "forever" })).rejects.toMatchObject(refusal);
    expect(await stream(watchStatus, {})).toMatchObject({ messages: [], refusal });
  });

  it("refuses whatever is asked of it, also what needs no command", async () => {
    const { unary, stream } = callerBy("grpc-js");
    const jobId = "forever";
    const calls = [
      [stop, { jobId }],
      [getStatus, { jobId, consistency: "CONSISTENCY_SNAPSHOT" }],
      [listJobs, {}],
      [getChannelStats, {}],
      [drain, {}],
    ] as const;
    for (const [method, request] of calls)
      await expect(unary(method, request)).rejects.toMatchObject(refusal);
    expect(await stream(watchChannelStats, {})).toMatchObject({ messages: [], refusal });
    expect(await stream(watchOutput, { jobId })).toMatchObject({ messages: [], refusal });
  });

  it("is told by jobctl in a line", async () => {
    const { code, stdout, stderr } = await runHere(["list", "--address", `127.0.0.1:${recovering.port}`]);
    expect({ code, stdout }).toEqual({ code: 6, stdout: "" });
    expect(stderr).toBe(
      "jobctl: RECOVERING: Server is starting, and still takes over what its store holds; nothing was applied (try again in 1.0 s)\n",
    );
  });

  it("says when to come again, by gRPC and by Connect, and takes the same call then", async () => {
    using client = createJobControlClient({ address: `127.0.0.1:${recovering.port}` });
    const baseUrl = recovering.url;
    const web = createClient(JobControlService, createConnectTransport({ baseUrl, httpVersion: "1.1" }));
    for (const jobs of [client.jobs, web]) {
      const failure = await jobs.start({ jobId: "early", jobType: "forever" }).catch(describeFailure);
      expect(failure).toMatchObject({ code: "UNAVAILABLE", reason: "RECOVERING", retryAfterMs: 1000 });
    }
    const told = Promise.withResolvers<string>();
    const onRetry = ({ error }: Retry) => told.resolve(error.reason);
    const patient = client.start({ jobId: "patient", jobType: "forever" }, { onRetry });
    expect(await told.promise).toBe("RECOVERING");
    await recovering.goOn();
    expect(await recovering.started).toBe(recovering.port);
    expect(await patient).toMatchObject({ started: true });
    await expect(client.jobs.getStatus({ jobId: "early" })).rejects.toThrow("No such job: early");
    expect(await client.jobs.start({ jobId: "early", jobType: "forever" })).toMatchObject({ started: true });
  });
});

describe("A server that recovers, to probes and browsers", () => {
  it("is alive and not ready, until all is taken over", async () => {
    await using recovering = await RecoveringServer.start();
    await using health = new ServingReader(`127.0.0.1:${recovering.port}`);
    expect(await health.next()).toBe("not-serving");
    expect(await recovering.get("/livez")).toEqual({ status: 200, lines: ["ok"] });
    for (const path of ["/readyz", "/readyz?verbose"])
      expect(await recovering.get(path)).toEqual({
        status: 503,
        lines: [
          "[-] serving: failed, recovering",
          "[+] consumer: ok",
          "[+] store: ok",
          "[+] channel: ok",
          "failed",
        ],
      });
    expect((await recovering.get("/metrics")).lines).toContain("jobcontrol_ready 0");
    expect((await recovering.get("/")).status).toBe(200);
    await recovering.goOn();
    expect(await health.next()).toBe("serving");
    expect(await recovering.get("/readyz")).toEqual({ status: 200, lines: ["ok"] });
    expect((await recovering.get("/metrics")).lines).toContain("jobcontrol_ready 1");
  });
});

describe("A server that is to drain while it recovers", () => {
  it("ends at once, and leaves the store and the port to the next", async () => {
    await using recovering = await RecoveringServer.start();
    await using health = new ServingReader(`127.0.0.1:${recovering.port}`);
    expect(await health.next()).toBe("not-serving");
    await recovering.server.drain();
    expect(await recovering.started).toBeUndefined();
    await expect(health.next()).rejects.toThrow("The server is shutting down");
    await expect(fetch(`${recovering.url}/livez`)).rejects.toThrow("fetch failed");
    const next = testConfiguration({
      listen: { host: "127.0.0.1", port: recovering.port },
      store: { file: recovering.file },
    });
    await using server = new JobControlServer(next, { log: quietLog });
    expect(await server.start()).toBe(recovering.port);
  });
});

describe("A server that cannot have its store or its port", () => {
  const folder = new StoreFolder();
  afterAll(() => folder[Symbol.dispose]());

  it("says that the store is in use before it looks at the port", async () => {
    const store = { file: folder.newFile() };
    await using first = new JobControlServer(testConfiguration({ store }), { log: quietLog });
    const port = (await first.start()) ?? 0;
    using listen = vi.spyOn(SharedPort.prototype, "listen");
    const same = testConfiguration({ store, listen: { host: "127.0.0.1", port } });
    await using second = new JobControlServer(same, { log: quietLog });
    await expect(second.start()).rejects.toMatchObject({ code: "STORE_IN_USE" });
    expect(listen).not.toHaveBeenCalled();
  });

  it("takes its port back where the store turns out to be damaged only when it is read", async () => {
    const store = { file: folder.newFile() };
    {
      await using server = new JobControlServer(testConfiguration({ store }), { log: quietLog });
      await server.start();
    }
    const database = new DatabaseSync(store.file);
    database.exec("UPDATE jobs SET status = '{'");
    database.close();
    const listen = { host: "127.0.0.1", port: await freePort() };
    using listened = vi.spyOn(SharedPort.prototype, "listen");
    {
      await using server = new JobControlServer(testConfiguration({ store, listen }), { log: quietLog });
      await expect(server.start()).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    }
    expect(listened).toHaveBeenCalledOnce();
    await expect(fetch(`http://127.0.0.1:${listen.port}/livez`)).rejects.toThrow("fetch failed");
  });

  it("begins no run where another listens on its port, and lets go of the store", async () => {
    const store = { file: folder.newFile() };
    const runs: string[] = [];
    const run: JobFunction = async ({ jobId, sleep }) => {
      runs.push(jobId);
      await sleep(1_000_000);
    };
    const types: Configuration["types"] = [
      { type: jobType({ name: "forever", onLost: "restart" }), work: { kind: "function", run } },
    ];
    await using first = new JobControlServer(testConfiguration({ store, types }), { log: quietLog });
    using client = createJobControlClient({ address: `127.0.0.1:${await first.start()}` });
    await client.jobs.start({ jobId: "forever" });
    await first[Symbol.asyncDispose]();
    expect(runs).toEqual(["forever"]);

    await using other = new JobControlServer(testConfiguration(), { log: quietLog });
    const listen = { host: "127.0.0.1", port: (await other.start()) ?? 0 };
    {
      await using server = new JobControlServer(testConfiguration({ store, types, listen }), {
        log: quietLog,
      });
      await expect(server.start()).rejects.toThrow(`Port is in use: 127.0.0.1:${listen.port}`);
    }
    expect(runs).toEqual(["forever"]);
    await using last = new JobControlServer(testConfiguration({ store, types }), { log: quietLog });
    expect(await last.start()).toBeGreaterThan(0);
    expect(runs).toEqual(["forever", "forever"]);
  });
});
