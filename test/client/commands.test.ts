import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Code, ConnectError, createRouterTransport } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { ErrorInfoSchema, RetryInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { ReplyMode } from "../../gen/jobcontrol/v1/command_pb.ts";
import {
  JobControlService,
  WatchStatusResponse_Kind as Kind,
  type StartRequest,
  type StopRequest,
  type WatchStatusRequest,
  type WatchStatusResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { Clock } from "../../src/async/clock.ts";
import { CallError } from "../../src/client/call-error.ts";
import { describeFailure } from "../../src/client/call-failure.ts";
import { createClientOn } from "../../src/client/client-on.ts";
import type { StartOptions } from "../../src/client/commands.ts";
import type { Retry } from "../../src/client/repeat.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

function refusal(code: Code, reason: string, retryAfterMs?: number): ConnectError {
  const details: ConstructorParameters<typeof ConnectError>[3] = [
    { desc: ErrorInfoSchema, value: { reason, domain: "jobcontrol" } },
  ];
  if (retryAfterMs !== undefined)
    details.push({ desc: RetryInfoSchema, value: { retryDelay: durationFromMs(retryAfterMs) } });
  return new ConnectError("refused", code, undefined, details);
}

const running = { jobId: "a", uid: "u", executionCount: 3n, state: JobState.RUNNING, currentRun: {} };
const succeeded = {
  ...running,
  state: JobState.SUCCEEDED,
  currentRun: { state: JobState.SUCCEEDED, endTime: { seconds: 1n, nanos: 0 } },
};

/** What the watches of a service say: one after the other, and the last one again and again. */
type Streams = readonly (readonly MessageInitShape<typeof WatchStatusResponseSchema>[])[];

const usualStreams: Streams = [
  [
    { kind: Kind.SNAPSHOT, status: running },
    { kind: Kind.SNAPSHOT_END, resumeToken: "e:1" },
    { kind: Kind.CHANGED, resumeToken: "e:2", status: succeeded },
  ],
];

/** A service that fails each Start with the next of these errors, and then answers. */
function setup(...failures: readonly ConnectError[]) {
  return setupWith({ failures });
}

function setupWith({
  failures = [],
  failuresOfLooks = [],
  streams = usualStreams,
}: {
  readonly failures?: readonly ConnectError[];
  /** As `failures`, for each GetStatus. */
  readonly failuresOfLooks?: readonly ConnectError[];
  readonly streams?: Streams;
}) {
  const watches: WatchStatusRequest[] = [];
  const stops: StopRequest[] = [];
  const clock = new FakeClock();
  const asked: { request: StartRequest; timeoutMs: number | undefined; atMs: number }[] = [];
  const left = [...failures];
  const looksLeft = [...failuresOfLooks];
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
      stop(request) {
        stops.push(request);
        return { status: { jobId: "a", uid: "u", state: JobState.STOPPING, executionCount: 3n } };
      },
      getStatus({ includeResult }) {
        const failure = looksLeft.shift();
        if (failure !== undefined) throw failure;
        return { status: { ...succeeded, ...(includeResult && { result: { sum: 3 } }) } };
      },
      async *watchStatus(request) {
        watches.push(request);
        yield* streams[Math.min(watches.length, streams.length) - 1] ?? [];
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
  return { asked, watches, stops, start, clock, client };
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

  it("goes on with its tries for as long as it takes where it has no deadline", async () => {
    const { start, asked, clock } = setup(...Array.from({ length: 9 }, () => cut));
    await start({ jobId: "a" }, { timeoutMs: 0 });
    expect(asked.map(({ timeoutMs }) => timeoutMs)).toEqual(Array.from({ length: 10 }, () => undefined));
    expect(clock.monotonic()).toBeGreaterThan(20_000);
  });

  it("tells before each further try why and when, and what that throws ends it", async () => {
    const told: [code: string, retryInMs: number][] = [];
    const onRetry = ({ error, retryInMs }: Retry) => void told.push([error.code, retryInMs]);
    await setup(cut, refusal(Code.Unavailable, "DRAINING")).start({ jobId: "a" }, { onRetry });
    expect(told).toEqual([
      ["UNAVAILABLE", 50],
      ["UNAVAILABLE", 100],
    ]);
    const impatient = setup(cut, cut);
    const refuse = ({ error }: Retry) => {
      throw error;
    };
    await expect(impatient.start({ jobId: "a" }, { onRetry: refuse })).rejects.toThrow("cut");
    expect(impatient.asked).toHaveLength(1);
  });
});

describe("describeFailure()", () => {
  it("takes a CallError apart as what it was made of", () => {
    const thrown = refusal(Code.ResourceExhausted, "CHANNEL_FULL", 1500);
    expect(describeFailure(new CallError(thrown))).toEqual(describeFailure(thrown));
    expect(describeFailure(thrown)).toMatchObject({ reason: "CHANNEL_FULL", retryAfterMs: 1500 });
  });
});

describe("a Start that waits for the end of the run", () => {
  it("tells first that it has started, and asks for no more progress than it is told to", async () => {
    const { start, watches } = setup();
    const told: string[] = [];
    await start(
      { jobId: "a" },
      {
        wait: true,
        minIntervalMs: 1500,
        onStarted: ({ started }) => told.push(`started ${started}`),
        onChange: ({ status }) => told.push(`state ${status?.state}`),
      },
    );
    expect(told).toEqual(["started true", `state ${JobState.RUNNING}`, `state ${JobState.SUCCEEDED}`]);
    expect(watches[0]?.minInterval).toMatchObject({ seconds: 1n, nanos: 500_000_000 });
  });

  it("goes on to the end across a stream that is cut", async () => {
    const cuts: number[] = [];
    const first = usualStreams[0] ?? [];
    const { start, watches } = setupWith({ streams: [first.slice(0, 2), first.slice(2)] });
    const { status } = await start(
      { jobId: "a" },
      { wait: true, onInterrupted: ({ retryInMs }) => cuts.push(retryInMs) },
    );
    expect(status?.state).toBe(JobState.SUCCEEDED);
    expect(cuts).toEqual([50]);
    expect(watches.map(({ resumeToken }) => resumeToken)).toEqual(["", "e:1"]);
  });
});

describe("a Start that waits for the end of the run: its result", () => {
  it("is in the status, unless another run has ended since", async () => {
    const { status } = await setup().start({ jobId: "a" }, { wait: true });
    expect(status?.result).toEqual({ sum: 3 });
    const counted = { ...succeeded, counters: { succeeded: 1n } };
    const overtaken = setupWith({ streams: [[{ kind: Kind.CHANGED, status: counted }]] });
    expect((await overtaken.start({ jobId: "a" }, { wait: true })).status?.result).toBeUndefined();
  });
});

describe("a Start that waits for the end of the run: the question for its result", () => {
  it("is asked again after a cut, and that is no further try of the Start", async () => {
    const { start } = setupWith({ failuresOfLooks: [cut] });
    const onRetry = () => expect.unreachable("The Start was sent again");
    const { status } = await start({ jobId: "a" }, { wait: true, onRetry });
    expect(status?.result).toEqual({ sum: 3 });
  });
});

describe("a Stop that waits for the end of the run", () => {
  const stopping = { ...running, state: JobState.STOPPING };
  const stopped = { ...running, state: JobState.STOPPED };
  const streams = [
    [
      { kind: Kind.SNAPSHOT, status: stopping },
      { kind: Kind.SNAPSHOT_END, resumeToken: "e:1" },
    ],
    [{ kind: Kind.CHANGED, resumeToken: "e:2", status: stopped }],
  ];

  it.each([
    ["the options", {}, { wait: true }],
    ["the request", { wait: true }, {}],
  ])(
    "resolves with the status at that moment, across a stream that is cut: wait in %s",
    async (_name, request, options) => {
      const { client, stops } = setupWith({ streams });
      const { status } = await client.stop(
        { jobId: "a", ...request },
        { backoff: { initialMs: 1 }, ...options },
      );
      expect(status?.state).toBe(JobState.STOPPED);
      // The wait is the client's own, so that it is not over with its connection.
      expect(stops.map(({ wait }) => wait)).toEqual([false]);
    },
  );

  it("is over where the job runs again, and rejects where it is gone", async () => {
    const again = { ...running, executionCount: 4n, state: JobState.STOPPING };
    const ran = setupWith({ streams: [[{ kind: Kind.CHANGED, status: again }]] });
    expect((await ran.client.stop({ jobId: "a" }, { wait: true })).status?.executionCount).toBe(4n);
    const gone = setupWith({ streams: [[{ kind: Kind.SNAPSHOT, status: { jobId: "a" } }]] });
    await expect(gone.client.stop({ jobId: "a" }, { wait: true })).rejects.toThrow("The job is gone");
  });

  it("is refused for a command that is only accepted, as there is nothing to wait for", async () => {
    const { client, stops, asked } = setup();
    const request = { jobId: "a", replyMode: ReplyMode.ACCEPTED };
    await expect(client.stop(request, { wait: true })).rejects.toThrow(TypeError);
    await expect(client.start(request, { wait: true })).rejects.toThrow(TypeError);
    expect([...stops, ...asked]).toEqual([]);
  });
});
