import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import {
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, describeFailure } from "../../../src/client/index.ts";
import { type Config, createJobControl, serveJobControl } from "../../../src/index.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const config: Config = {
  store: "memory:",
  listen: "127.0.0.1:0",
  types: {
    greet: { run: ({ jobId, input: { name = jobId } }) => ({ text: `Hello ${name}` }) },
    forever: { run: ({ sleep }) => sleep(1_000_000) },
  },
};

describe("createJobControl()", () => {
  it("runs jobs in this process, and answers as a server does", async () => {
    await using jobcontrol = await createJobControl(config);
    const { started } = await jobcontrol.jobs.start({ jobId: "greet", input: { name: "you" } });
    expect(started).toBe(true);
    const states: JobState[] = [];
    const watch = jobcontrol.jobs.watchStatus({ jobIds: ["greet"], until: Until.ALL_SETTLED });
    for await (const { kind, status } of watch)
      if (kind !== Kind.SNAPSHOT_END && status !== undefined) states.push(status.state);
    expect(states.at(-1)).toBe(JobState.SUCCEEDED);
    const { status } = await jobcontrol.jobs.getStatus({ jobId: "greet", includeResult: true });
    expect(status?.result).toEqual({ text: "Hello you" });
  });

  it("refuses with the same errors, and their details", async () => {
    await using jobcontrol = await createJobControl(config);
    const failure = await jobcontrol.jobs.stop({ jobId: "nobody" }).catch(describeFailure);
    expect(failure).toMatchObject({ reason: "JOB_NOT_FOUND" });
    await expect(jobcontrol.jobs.start({ jobId: "?" })).rejects.toMatchObject({ code: Code.InvalidArgument });
  });

  it("tells who asked", async () => {
    await using jobcontrol = await createJobControl(config);
    await jobcontrol.jobs.start({ jobId: "forever" });
    await jobcontrol.jobs.stop({ jobId: "forever", wait: true });
    const { status } = await jobcontrol.jobs.getStatus({ jobId: "forever" });
    expect(status?.currentRun?.stopping?.requestedBy).toBe("in-process");
  });

  it("heeds the signal and the deadline of a call", async () => {
    await using jobcontrol = await createJobControl({ ...config, rate: { perSecond: 0.001, burst: 1 } });
    await jobcontrol.jobs.start({ jobId: "greet" });
    const call = new AbortController();
    const waiting = jobcontrol.jobs.start({ jobId: "forever" }, { signal: call.signal });
    const cancelled = expect(waiting).rejects.toMatchObject({ code: Code.Canceled });
    const late = jobcontrol.jobs.start({ jobId: "forever" }, { timeoutMs: 5000 });
    expect(await late.catch(describeFailure)).toMatchObject({ reason: "DEADLINE_UNREACHABLE" });
    call.abort();
    await cancelled;
  });

  it("ends a watch that is left early", async () => {
    await using jobcontrol = await createJobControl(config);
    for await (const { kind } of jobcontrol.jobs.watchStatus({})) if (kind === Kind.SNAPSHOT_END) break;
    for await (const { stats } of jobcontrol.admin.watchChannelStats({ interval: { nanos: 100_000_000 } }))
      if (stats?.watchers === 0) break;
  });

  it("ends in peace, and then answers nothing any more", async () => {
    await using jobcontrol = await createJobControl(config);
    await jobcontrol.jobs.start({ jobId: "forever" });
    await jobcontrol.drain({ timeoutMs: 5000 });
    expect(await jobcontrol.jobs.start({ jobId: "greet" }).catch(describeFailure)).toMatchObject({
      reason: "DRAINING",
    });
  });

  it("says what is wrong with the configuration", async () => {
    const wrong = { ...config, rate: { perSecond: 0 } };
    await expect(createJobControl(wrong)).rejects.toThrow("Invalid configuration: rate.perSecond");
  });

  it("takes relative paths from the folder that it is given, and lets go of its store", async () => {
    await using folder = await TemporaryFolder.create();
    const stored = { ...config, store: "sqlite:./jobs.db" };
    for (const runs of [1n, 2n]) {
      await using jobcontrol = await createJobControl(stored, { folder: folder.path });
      await jobcontrol.jobs.start({ jobId: "greet" });
      const { status } = await jobcontrol.jobs.getStatus({ jobId: "greet" });
      expect(status?.executionCount).toBe(runs);
      await jobcontrol.drain();
    }
  });
});

describe("serveJobControl()", () => {
  it("opens the port too: calls from here and from elsewhere meet", async () => {
    await using jobcontrol = await serveJobControl(config);
    using client = createJobControlClient({ address: jobcontrol.address });
    await client.jobs.start({ jobId: "forever" });
    const { status } = await jobcontrol.jobs.stop({ jobId: "forever", wait: true });
    expect(status?.state).toBe(JobState.STOPPED);
    const { jobs } = await client.jobs.listJobs({});
    expect(jobs.map(({ jobId }) => jobId)).toEqual(["forever", "greet"]);
  });

  it("says that the port is taken, and leaves nothing behind", async () => {
    await using first = await serveJobControl(config);
    const taken = serveJobControl({ ...config, listen: first.address });
    await expect(taken).rejects.toMatchObject({ name: "PortInUseError" });
  });
});
