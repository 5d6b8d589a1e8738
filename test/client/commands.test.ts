import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import {
  JobControlService,
  WatchStatusResponse_Kind as Kind,
  type StartRequest,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { Clock } from "../../src/async/clock.ts";
import { createClientOn } from "../../src/client/client-on.ts";
import type { StartOptions } from "../../src/client/commands.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

function refusal(code: Code, reason: string, retryAfterMs?: number): ConnectError {
  const details: ConstructorParameters<typeof ConnectError>[3] = [
    { desc: ErrorInfoSchema, value: { reason, domain: "jobcontrol" } },
  ];
  if (retryAfterMs !== undefined)
    details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryAfterMs) } });
  return new ConnectError("refused", code, undefined, details);
}

/** A service that fails each Start with the next of these errors, and then answers. */
function setup(...failures: readonly ConnectError[]) {
  const clock = new FakeClock();
  const asked: { request: StartRequest; timeoutMs: number | undefined; atMs: number }[] = [];
  const left = [...failures];
  const transport = createRouterTransport(({ service }) => {
    service(JobControlService, {
      start(request, context) {
        asked.push({ request, timeoutMs: context.timeoutMs(), atMs: clock.monotonic() });
        const failure = left.shift();
        if (failure !== undefined) throw failure;
        return {
          started: true,
          status: { jobId: "a", uid: "u", state: JobState.RUNNING, executionCount: 3n },
        };
      },
      async *watchStatus() {
        const ended = { endTime: { seconds: 1n, nanos: 0 } };
        const status = { jobId: "a", uid: "u", executionCount: 3n };
        yield { kind: Kind.SNAPSHOT, status: { ...status, state: JobState.RUNNING, currentRun: {} } };
        yield { kind: Kind.SNAPSHOT_END, resumeToken: "e:1" };
        yield {
          kind: Kind.CHANGED,
          resumeToken: "e:2",
          status: { ...status, state: JobState.SUCCEEDED, currentRun: ended },
        };
      },
    });
  });
  const client = createClientOn(transport);
  /** Starts, while the clock goes on. */
  async function start(
    init: { jobId: string; requestId?: string } = { jobId: "a" },
    options: StartOptions = {},
  ) {
    const started = client.start(init, { clock, backoff: { initialMs: 100, random: () => 0.5 }, ...options });
    let isOver = false;
    started.finally(() => (isOver = true)).catch(() => {});
    for (let round = 0; round < 500 && !isOver; round++) await clock.advance(50);
    return started;
  }
  return { asked, start, clock };
}

const cut = new ConnectError("cut", Code.Unavailable);

describe("a command of the client", () => {
  it("is sent again with the same request id where the connection was cut, until it is answered", async () => {
    const { asked, start } = setup(cut, cut);
    expect(await start()).toMatchObject({ started: true });
    const ids = asked.map(({ request }) => request.requestId);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
    expect(ids[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(asked.map(({ atMs }) => atMs)).toEqual([0, 50, 150]);
  });

  it("has a request id of its own with each call, and keeps one that it is given", async () => {
    const { asked, start } = setup();
    await start();
    await start();
    await start({ jobId: "a", requestId: "mine" });
    const [first, second, third] = asked.map(({ request }) => request.requestId);
    expect(first).not.toBe(second);
    expect(third).toBe("mine");
  });

  it("is sent again when the server says that this will help, and when it says", async () => {
    const { asked, start } = setup(refusal(Code.ResourceExhausted, "CHANNEL_FULL", 1000));
    await start();
    expect(asked[1]?.atMs).toBeGreaterThanOrEqual(1000);
  });

  it("is sent again to a server that comes back", async () => {
    const { asked, start } = setup(
      refusal(Code.Unavailable, "DRAINING"),
      refusal(Code.Unavailable, "STORE_UNAVAILABLE"),
    );
    await start();
    expect(asked).toHaveLength(3);
  });

  it.each([
    [Code.NotFound, "JOB_NOT_FOUND"],
    [Code.FailedPrecondition, "WRONG_STATE"],
    [Code.Aborted, "ETAG_MISMATCH"],
    [Code.Aborted, "COMMAND_SUPERSEDED"],
    [Code.Internal, "INTERNAL"],
  ])("is not sent again where it would be refused again: %i %s", async (code, reason) => {
    const { asked, start } = setup(refusal(code, reason));
    await expect(start()).rejects.toMatchObject({ name: "CallError", reason });
    expect(asked).toHaveLength(1);
  });

  it("has a deadline, of 10 s unless it says otherwise, for all of its tries", async () => {
    const { asked, start, clock } = setup(...Array.from({ length: 100 }, () => cut));
    await expect(start()).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(clock.monotonic()).toBeLessThanOrEqual(10_050);
    expect(asked[0]?.timeoutMs).toBeLessThanOrEqual(10_000);
    expect(asked.at(-1)?.timeoutMs).toBeLessThan(9000);
    const brief = setup(cut, cut, cut);
    await expect(brief.start({ jobId: "a" }, { timeoutMs: 60 })).rejects.toMatchObject({
      code: "UNAVAILABLE",
    });
    expect(brief.asked).toHaveLength(2);
  });

  it("is not sent again without a deadline where its time was up before its turn came", async () => {
    const { asked, start, clock } = setup(cut);
    const busy: Clock = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic(),
      setTimer: (delayMs, callback) => clock.setTimer(delayMs + 100, callback),
    };
    const late = start({ jobId: "a" }, { clock: busy, timeoutMs: 100 });
    await expect(late).rejects.toMatchObject({ code: "UNAVAILABLE" });
    expect(asked).toHaveLength(1);
  });

  it("is not sent again once its signal has fired", async () => {
    const caller = new AbortController();
    const { asked, start } = setup(cut, cut);
    const started = start({ jobId: "a" }, { signal: caller.signal });
    caller.abort(new Error("enough"));
    await expect(started).rejects.toThrow();
    expect(asked.length).toBeLessThanOrEqual(1);
  });

  it("waits for the end of the run where it is asked to, and tells of it on the way", async () => {
    const { start } = setup();
    const states: JobState[] = [];
    const { status } = await start(
      { jobId: "a" },
      { wait: true, onChange: ({ status }) => states.push(status?.state ?? JobState.UNSPECIFIED) },
    );
    expect(status?.state).toBe(JobState.SUCCEEDED);
    expect(states).toEqual([JobState.RUNNING, JobState.SUCCEEDED]);
  });
});
