import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import { afterAll, describe, expect, it } from "vitest";
import { ChannelStatsSchema } from "../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { JobState, JobStatusSchema } from "../../gen/jobcontrol/v1/job_pb.ts";
import { freeAddress } from "../free-port.ts";
import { runHere } from "./jobctl-here.ts";
import { type Child, exited, killAll, serve, start } from "./jobctl-process.ts";

afterAll(killAll);

interface Frame {
  readonly time: string;
  readonly address: string;
  readonly stats: JsonValue;
  readonly counts: Readonly<Record<string, number>>;
  readonly jobs: readonly JsonValue[];
}

/** The first frame that is as it should be; those before it pass by. */
async function frameOf(frames: AsyncIterator<string>, isRight: (frame: Frame) => boolean): Promise<Frame> {
  for (;;) {
    const { value, done } = await frames.next();
    if (done) return expect.fail("There are no more frames");
    const frame = JSON.parse(value) as Frame;
    if (isRight(frame)) return frame;
  }
}

function linesOf(child: Child): AsyncIterator<string> {
  return createInterface(child.stdout)[Symbol.asyncIterator]();
}

describe.concurrent("jobctl top --json", () => {
  it("prints what top shows, a whole frame a line, again when it has changed", async () => {
    const { address } = await serve();
    const watching = start(["top", "--json", "--address", address]);
    const frames = linesOf(watching);
    const first = await frameOf(frames, () => true);
    expect(first).toMatchObject({ address, time: expect.stringMatching(/^\d{4}-.*Z$/) });
    const { jobs } = JSON.parse((await runHere(["list", "--json", "--address", address])).stdout);
    // The first one, too, has them all.
    expect(first.jobs).toHaveLength(jobs.length);
    expect(first.counts).toEqual({ stopped: jobs.length });
    expect(fromJson(ChannelStatsSchema, first.stats).watchers).toBe(1);
    await runHere(["start", "wanted", "--type", "forever", "--address", address]);
    const next = await frameOf(frames, ({ counts: { running } }) => running === 1);
    const [top] = next.jobs.map((job) => fromJson(JobStatusSchema, job));
    expect(top).toMatchObject({ jobId: "wanted", state: JobState.RUNNING });
    expect(next.jobs).toHaveLength(jobs.length + 1);
    watching.kill("SIGINT");
    expect(await exited(watching)).toBe(130);
  });

  it("prints nothing while the service is gone, and goes on with what is there when it is back", async () => {
    const { server, address } = await serve("--listen", await freeAddress());
    await runHere(["start", "forgotten", "--type", "forever", "--address", address]);
    const watching = start(["top", "--json", "--address", address]);
    const told = createInterface(watching.stderr)[Symbol.asyncIterator]();
    const frames = linesOf(watching);
    await frameOf(frames, ({ counts: { running } }) => running === 1);
    server.kill("SIGKILL");
    expect((await told.next()).value).toMatch(/^jobctl: Lost the service at /);
    await serve("--listen", address);
    expect((await told.next()).value).toMatch(/^jobctl: The service at .* is back$/);
    const { jobs } = await frameOf(frames, ({ counts: { running } }) => running === undefined);
    expect(jobs.map((job) => fromJson(JobStatusSchema, job).jobId)).not.toContain("forgotten");
    watching.kill("SIGINT");
    await exited(watching);
  });

  it("ends with 0 when nobody reads on, and with 7 when its time is up", async () => {
    const { address } = await serve();
    const watching = start(["top", "--json", "--address", address]);
    const ended = exited(watching);
    await frameOf(linesOf(watching), () => true);
    watching.stdout.destroy();
    expect(await ended).toBe(0);
    const timed = start(["top", "--json", "--timeout", "1s", "--address", address]);
    const [code, stdout] = await Promise.all([exited(timed), text(timed.stdout)]);
    expect(code).toBe(7);
    expect(stdout.split("\n").length).toBeLessThanOrEqual(3);
  });
});
