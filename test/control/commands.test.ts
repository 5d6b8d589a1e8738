import { describe, expect, it } from "vitest";
import type { JobControlError } from "../../src/job/errors.ts";
import { brief, Harness } from "./core-harness.ts";
import { FailingStore } from "./failing-store.ts";

const types = [{ name: "a" }, { name: "b" }];

describe("Start", () => {
  it("answers when the job runs, with its status and a receipt", async () => {
    await using harness = await Harness.start({ types });
    const reply = await harness.start("a", { input: { x: 1 } });
    expect(reply).toMatchObject({
      started: true,
      replayed: false,
      status: { jobId: "a", state: "running", executionCount: 1 },
      receipt: { outcome: "applied", requestId: "" },
    });
    expect(harness.runner.of("a").request).toMatchObject({ jobType: "a", attempt: 1, input: { x: 1 } });
  });

  it("makes a job of a type under an id of its own, as many as one likes", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("one", { jobType: "a" });
    await harness.start("two", { jobType: "a", labels: { team: "x" } });
    expect(await harness.status("two")).toMatchObject({
      jobType: "a",
      state: "running",
      labels: { team: "x" },
    });
    expect(harness.runner.runs).toHaveLength(2);
  });

  it("takes the id of the command where none is given, so that a caller who was only told ACCEPTED knows it", async () => {
    await using harness = await Harness.start({ types });
    const { status, receipt } = await harness.start("", { jobType: "a" });
    expect(status?.jobId).toMatch(/^[0-9a-f-]{36}$/);
    expect(status?.jobId).toBe(receipt.commandId);
    expect(await harness.status(status?.jobId ?? "")).toMatchObject({ state: "running" });
  });

  it.each([
    ["an unknown id without a type", "nobody", {}, "JOB_TYPE_NOT_FOUND"],
    ["an unknown type", "new", { jobType: "nobody" }, "JOB_TYPE_NOT_FOUND"],
    ["another type than the job has", "a", { jobType: "b" }, "WRONG_TYPE"],
    ["an etag that is stale", "a", { etag: "old" }, "ETAG_MISMATCH"],
    ["an etag of a job that is not there", "new", { jobType: "a", etag: "any" }, "ETAG_MISMATCH"],
  ])("is refused for %s", async (_name, jobId, request, code) => {
    await using harness = await Harness.start({ types });
    await expect(harness.start(jobId, request)).rejects.toMatchObject({ code });
    expect(harness.runner.runs).toHaveLength(0);
  });

  it("is refused when there are too many jobs", async () => {
    await using harness = await Harness.start({ types, maxJobs: 3 });
    await harness.start("third", { jobType: "a" });
    await expect(harness.start("fourth", { jobType: "a" })).rejects.toMatchObject({ code: "TOO_MANY_JOBS" });
    expect(await harness.start("a")).toMatchObject({ started: true });
  });

  it("says NO_CHANGE of a job that runs already", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    expect(await harness.start("a")).toMatchObject({ started: false, receipt: { outcome: "no-change" } });
    await expect(harness.start("a", { conflictPolicy: "fail" })).rejects.toMatchObject({
      code: "JOB_RUNNING",
    });
  });

  it("with validate_only tells what would happen, and changes nothing", async () => {
    await using harness = await Harness.start({ types });
    const reply = await harness.start("new", { jobType: "a", validateOnly: true });
    expect(reply).toMatchObject({ started: true, status: { state: "running" } });
    await expect(harness.status("new")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    expect(harness.runner.runs).toHaveLength(0);
  });

  it("with the etag of the job's present state goes through", async () => {
    await using harness = await Harness.start({ types });
    const { etag } = await harness.status("a");
    expect(await harness.start("a", { etag })).toMatchObject({ started: true });
    await expect(harness.stop("a", { etag })).rejects.toMatchObject({ code: "ETAG_MISMATCH" });
  });
});

describe("a request id", () => {
  it("gets the same answer again, and one run", async () => {
    await using harness = await Harness.start({ types });
    const first = await harness.start("", { jobType: "a", requestId: "r1" }, { peer: "one" });
    const again = await harness.start("", { jobType: "a", requestId: "r1" }, { peer: "two" });
    expect(again).toEqual({ ...first, replayed: true });
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("is refused for another request", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a", { requestId: "r1" });
    await expect(harness.start("b", { requestId: "r1" })).rejects.toMatchObject({
      code: "REQUEST_ID_REUSED",
    });
  });

  it("replays a rejection too", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const refused = { conflictPolicy: "fail", requestId: "r1" } as const;
    await expect(harness.start("a", refused)).rejects.toMatchObject({ code: "JOB_RUNNING" });
    harness.runner.of("a").succeed();
    await harness.settle();
    await expect(harness.start("a", refused)).rejects.toMatchObject({ code: "JOB_RUNNING" });
  });
});

describe("Stop", () => {
  it("of a job that is not there says so, whatever its etag", async () => {
    await using harness = await Harness.start({ types });
    await expect(harness.stop("nobody", { etag: "any" })).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("asks the run to end, and answers at once", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    expect(await harness.stop("a", { reason: "enough" })).toMatchObject({ status: { state: "stopping" } });
    expect(harness.runner.of("a")).toMatchObject({ stops: 1, kills: 0 });
  });

  it("ends it by force when its grace has passed", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await harness.stop("a");
    await harness.clock.advance(999);
    expect(harness.runner.of("a").kills).toBe(0);
    await harness.clock.advance(1);
    expect(harness.runner.of("a").kills).toBe(1);
    expect(await harness.status("a")).toMatchObject({ state: "stopped", reason: "FORCED" });
  });

  it("uses the grace that it brings", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await harness.stop("a", { graceMs: 50 });
    await harness.clock.advance(50);
    expect(harness.runner.of("a").kills).toBe(1);
  });

  it("can be waited for, without holding up other commands", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const stopped = harness.stop("a", { wait: true });
    await harness.settle();
    expect(await harness.start("b")).toMatchObject({ started: true });
    harness.runner.of("a").fail("ABORTED");
    expect(await stopped).toMatchObject({ status: { state: "stopped" } });
  });

  it("that is waited for answers when the job runs anew, too", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const stopped = harness.stop("a", { wait: true });
    await harness.settle();
    await harness.start("a", { conflictPolicy: "replace" });
    harness.runner.of("a").fail("ABORTED");
    expect(await stopped).toMatchObject({ status: { state: "running", executionCount: 2 } });
  });

  it("of an unknown job is refused", async () => {
    await using harness = await Harness.start({ types });
    await expect(harness.stop("nobody")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("of a stopped job changes nothing", async () => {
    await using harness = await Harness.start({ types });
    expect(await harness.stop("a")).toMatchObject({
      receipt: { outcome: "no-change" },
      status: { state: "stopped" },
    });
  });
});

describe("the token bucket", () => {
  const slow = { rate: 1, burst: 1 };

  it("paces commands, and the receipt tells where the time went", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    expect(await harness.start("a")).toMatchObject({ receipt: { tokenWaitMs: 0, queueWaitMs: 0 } });
    const second = harness.start("b");
    const third = harness.status("a");
    await harness.clock.advance(999);
    expect(harness.runner.runs).toHaveLength(1);
    await harness.clock.advance(1);
    expect(await second).toMatchObject({ receipt: { tokenWaitMs: 1000, queueWaitMs: 0 } });
    await harness.clock.advance(1000);
    expect(await third).toMatchObject({ state: "running" });
  });

  it("is asked for a token first: a Stop that comes during the wait goes first", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const start = harness.start("b");
    await harness.clock.advance(500);
    const stop = harness.stop("a");
    await harness.clock.advance(500);
    expect(await stop).toMatchObject({ status: { state: "stopping" }, receipt: { tokenWaitMs: 500 } });
    expect(harness.runner.runs).toHaveLength(1);
    await harness.clock.advance(1000);
    expect(await start).toMatchObject({ started: true, receipt: { queueWaitMs: 500, tokenWaitMs: 1500 } });
  });

  it("costs nothing for a command whose caller has gone", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const caller = new AbortController();
    const gone = harness.start("b", {}, { signal: caller.signal });
    const stays = harness.start("c", { jobType: "a" });
    const answer = expect(gone).rejects.toMatchObject({ code: "COMMAND_CANCELLED" });
    await harness.settle();
    caller.abort();
    await answer;
    await harness.clock.advance(1000);
    expect(await stays).toMatchObject({ started: true });
    expect(await harness.bucket?.available).toBe(0);
    expect(harness.runner.runs.map(({ request }) => request.jobId)).toEqual(["a", "c"]);
  });

  it("is not asked by what jobs do by themselves", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    harness.runner.of("a").succeed();
    await using watch = harness.watch({ skipSnapshot: true });
    const end = watch.next();
    await harness.clock.advance(1000);
    await end;
    const request = {
      jobId: "a",
      consistency: "snapshot",
      includeInput: false,
      includeResult: false,
    } as const;
    expect((await harness.control.getStatus(request, harness.call())).status.state).toBe("succeeded");
  });
});

describe("a deadline", () => {
  const slow = { rate: 1, burst: 1 };

  it("that passes in the queue is told a moment before, and the command is never applied", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const late = harness.start("b", {}, { deadlineMs: harness.clock.now() + 1500 });
    const answer = expect(late).rejects.toMatchObject({ code: "COMMAND_EXPIRED" });
    await harness.settle();
    const stop = harness.stop("a");
    await harness.clock.advance(1479);
    await stop;
    expect(harness.runner.runs).toHaveLength(1);
    await harness.clock.advance(1);
    await answer;
    await harness.clock.advance(10_000);
    expect(harness.runner.runs).toHaveLength(1);
  });

  it("that cannot be met is refused at once, and who waits as told gets through", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const queued = [harness.status("a"), harness.status("a"), harness.status("a")];
    await harness.settle();
    const start = () => harness.start("b", {}, { deadlineMs: harness.clock.now() + 2000 });
    const refused: unknown = await start().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "DEADLINE_UNREACHABLE",
      refusal: { metadata: { waitMs: "4000" } },
    });
    expect(harness.runner.runs).toHaveLength(1);
    await harness.clock.advance((refused as JobControlError).refusal.retryAfterMs ?? 0);
    const second = start();
    await harness.clock.advance(2000);
    expect(await second).toMatchObject({ started: true });
    await Promise.all(queued);
  });

  it("is no matter for a request that was answered before: its answer needs no token", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    const first = await harness.start("a", { requestId: "r" });
    const queued = [harness.status("a"), harness.status("a"), harness.status("a")];
    await harness.settle();
    const deadlineMs = harness.clock.now() + 500;
    expect(await harness.start("a", { requestId: "r" }, { deadlineMs })).toMatchObject({
      replayed: true,
      receipt: first.receipt,
    });
    await expect(harness.start("a", { requestId: "new" }, { deadlineMs })).rejects.toMatchObject({
      code: "DEADLINE_UNREACHABLE",
    });
    await harness.clock.advance(3000);
    await Promise.all(queued);
  });

  it("counts only what is before the command: a Stop overtakes the rest", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const queued = [harness.status("a"), harness.status("a")];
    await harness.settle();
    const stop = harness.stop("a", {}, { deadlineMs: harness.clock.now() + 1200 });
    await harness.clock.advance(1000);
    expect(await stop).toMatchObject({ status: { state: "stopping" } });
    await harness.clock.advance(2000);
    await Promise.all(queued);
  });

  it("is no matter for a request whose first call is queued: the second call joins it", async () => {
    await using harness = await Harness.start({ types, rate: slow });
    await harness.start("a");
    const first = harness.start("b", { requestId: "r" });
    await harness.settle();
    const behind = Array.from({ length: 10 }, () => harness.status("a"));
    await harness.settle();
    const again = harness.start("b", { requestId: "r" }, { deadlineMs: harness.clock.now() + 3000 });
    await harness.clock.advance(11_000);
    await Promise.all([first, ...behind]);
    expect(await again).toMatchObject({ replayed: true, started: true });
  });

  it("counts the turns of lower lanes too: who waits as told gets through", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 10, burst: 1 } });
    await harness.start("a");
    const waiting = [
      ...Array.from({ length: 36 }, () => harness.status("a")),
      ...Array.from({ length: 10 }, () => harness.status("a", { priority: "low" })),
    ];
    await harness.settle();
    const start = () => harness.start("b", {}, { deadlineMs: harness.clock.now() + 1000 });
    const refused: unknown = await start().catch((error: unknown) => error);
    expect(refused).toMatchObject({
      code: "DEADLINE_UNREACHABLE",
      refusal: { metadata: { waitMs: "4100" } },
    });
    await harness.clock.advance((refused as JobControlError).refusal.retryAfterMs ?? 0);
    const second = start();
    await harness.clock.advance(20_000);
    expect(await second).toMatchObject({ started: true });
    await Promise.all(waiting);
  });
});

describe("a full channel", () => {
  const slow = { rate: 1, burst: 1 };

  it("refuses with drop-write, and says when to try again", async () => {
    await using harness = await Harness.start({
      types,
      rate: slow,
      lane: { capacity: 2, fullMode: "drop-write" },
    });
    await harness.start("a");
    const queued = [harness.start("b"), harness.start("a")];
    await harness.settle();
    const refused = await harness.start("c", { jobType: "a" }).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: "CHANNEL_FULL", refusal: { retryAfterMs: expect.any(Number) } });
    const { retryAfterMs = 0 } = (refused as { refusal: { retryAfterMs?: number } }).refusal;
    await harness.clock.advance(retryAfterMs);
    expect(await harness.start("c", { jobType: "a" })).toMatchObject({ started: true });
    await Promise.all(queued);
  });

  it("throws out the oldest with drop-oldest, and tells its caller", async () => {
    await using harness = await Harness.start({
      types,
      rate: slow,
      lane: { capacity: 1, fullMode: "drop-oldest" },
    });
    await harness.start("a");
    const evicted = expect(harness.start("b")).rejects.toMatchObject({ code: "COMMAND_EVICTED" });
    await harness.settle();
    const kept = harness.start("c", { jobType: "a" });
    await evicted;
    await harness.clock.advance(1000);
    expect(await kept).toMatchObject({ started: true });
  });
});

describe("a Stop overtakes", () => {
  it("the Starts of its job that were queued before it; they are told, and never applied", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("b");
    const overtaken = expect(harness.start("a")).rejects.toMatchObject({ code: "COMMAND_SUPERSEDED" });
    const other = harness.start("c", { jobType: "a" });
    await harness.settle();
    const stop = harness.stop("a");
    await harness.settle();
    const later = harness.start("a");
    await harness.clock.advance(1000);
    expect(await stop).toMatchObject({ status: { state: "stopped" } });
    await overtaken;
    await harness.clock.advance(2000);
    expect(await other).toMatchObject({ started: true });
    expect(await later).toMatchObject({ started: true });
  });

  it("even a Start that would have made the job", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("b");
    const overtaken = expect(harness.start("new", { jobType: "a" })).rejects.toMatchObject({
      code: "COMMAND_SUPERSEDED",
    });
    await harness.settle();
    const stop = expect(harness.stop("new")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    await harness.clock.advance(1000);
    await Promise.all([overtaken, stop]);
    await harness.clock.advance(5000);
    expect(harness.runner.runs).toHaveLength(1);
  });
});

describe("a cron expression, and a wall clock that is set right", () => {
  const hour = 3_600_000;
  const schedule = {
    kind: "cron",
    expression: "0 2 * * *",
    timeZone: "UTC",
    overlap: "skip",
    catchUpMs: 0,
  } as const;

  it("runs when the clock shows its time, also where it was put forward, or the machine has slept", async () => {
    await using harness = await Harness.start({ types: [{ name: "nightly", schedule }] });
    await harness.start("nightly");
    harness.clock.jump(2 * hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("nightly")).toMatchObject({ state: "running", executionCount: 1 });
  });

  it("runs once at its time where the clock was put back, and says when that is", async () => {
    await using harness = await Harness.start({ types: [{ name: "nightly", schedule }] });
    await harness.start("nightly");
    const midnight = harness.clock.now();
    harness.clock.jump(-hour);
    await harness.clock.advance(2.5 * hour);
    expect(await harness.status("nightly")).toMatchObject({
      executionCount: 0,
      nextRunTimeMs: midnight + 2 * hour,
    });
    harness.clock.jump(-24 * hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("nightly")).toMatchObject({ nextRunTimeMs: midnight - 22 * hour });
    await harness.clock.advance(hour);
    expect(await harness.status("nightly")).toMatchObject({ executionCount: 1 });
  });
});

describe("an interval, and a wall clock that is set right", () => {
  const hour = 3_600_000;
  const schedule = { kind: "interval", intervalMs: 24 * hour, overlap: "skip", catchUpMs: 0 } as const;
  const types = [{ name: "daily", schedule }];

  /** It has run once, and waits for its next time, a day later. */
  async function waiting(): Promise<Harness> {
    const harness = await Harness.start({ types });
    await harness.start("daily");
    harness.runner.of("daily").succeed();
    await harness.settle();
    return harness;
  }

  it("runs when the clock shows next_run_time, also where it was put forward, or the machine has slept", async () => {
    await using harness = await waiting();
    const first = harness.clock.now();
    await harness.clock.advance(hour);
    harness.clock.jump(50 * hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("daily")).toMatchObject({
      state: "running",
      executionCount: 2,
      counters: { missed: 1 },
      currentRun: { scheduledTimeMs: first + 24 * hour },
      nextRunTimeMs: first + 72 * hour,
    });
  });

  it("is still so long where the clock was put back, and next_run_time says when that is", async () => {
    await using harness = await waiting();
    await harness.clock.advance(hour);
    harness.clock.jump(-100 * hour);
    await harness.clock.advance(60_000);
    const { nextRunTimeMs = 0, executionCount } = await harness.status("daily");
    expect(executionCount).toBe(1);
    expect(nextRunTimeMs).toBe(harness.clock.now() + 23 * hour - 60_000);
    await harness.clock.advance(23 * hour - 60_001);
    expect(await harness.status("daily")).toMatchObject({ executionCount: 1 });
    await harness.clock.advance(1);
    expect(await harness.status("daily")).toMatchObject({
      executionCount: 2,
      currentRun: { scheduledTimeMs: nextRunTimeMs },
      nextRunTimeMs: nextRunTimeMs + 24 * hour,
      counters: { missed: 0 },
    });
  });

  it("says so of a job that runs, too, and skips no time for it", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("daily");
    harness.clock.jump(-hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("daily")).toMatchObject({
      state: "running",
      nextRunTimeMs: harness.clock.now() + 24 * hour - 60_000,
      counters: { skippedOverlap: 0 },
    });
  });

  it("has the next attempt of a run come as it says, too", async () => {
    const retry = { maxAttempts: 5, initialMs: hour, maxMs: hour, multiplier: 1, jitter: 0 };
    await using harness = await Harness.start({ types: [{ name: "often", retry }] });
    await harness.start("often");
    harness.runner.of("often").fail("THREW", { retryable: true });
    await harness.settle();
    harness.clock.jump(-5 * hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("often")).toMatchObject({
      state: "retrying",
      currentRun: { attempt: 1, nextAttemptTimeMs: harness.clock.now() + hour - 60_000 },
    });
    harness.clock.jump(hour);
    await harness.clock.advance(60_000);
    expect(await harness.status("often")).toMatchObject({ state: "running", currentRun: { attempt: 2 } });
  });
});

describe("GetStatus", () => {
  it("sees every command that was answered before it, and so does a snapshot read", async () => {
    await using harness = await Harness.start({ types });
    for (const consistency of ["linearizable", "snapshot"] as const) {
      const { status } = await harness.start("a", { conflictPolicy: "replace" });
      const request = { jobId: "a", consistency, includeInput: false, includeResult: false };
      const read = await harness.control.getStatus(request, harness.call());
      expect(read.status.revision).toBe(status?.revision);
    }
  });

  it("brings input and result when asked to", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a", { input: { n: 1 } });
    harness.runner.of("a").succeed({ kind: "succeeded", message: "", result: { m: 2 } });
    await harness.settle();
    const request = {
      jobId: "a",
      consistency: "linearizable",
      includeInput: true,
      includeResult: true,
    } as const;
    expect(await harness.control.getStatus(request, harness.call())).toMatchObject({
      input: { n: 1 },
      result: { m: 2 },
    });
  });

  it("reads a snapshot at once, without a token, whatever is asked for with it", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 0.001, burst: 1 } });
    await harness.start("a", { input: { n: 1 } });
    const request = { jobId: "a", consistency: "snapshot", includeInput: true, includeResult: true } as const;
    expect(await harness.control.getStatus(request, harness.call())).toMatchObject({
      status: { state: "running" },
      input: { n: 1 },
    });
  });

  it("shows nothing in a snapshot that is not committed yet", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    const gate = Promise.withResolvers<void>();
    store.delay = () => gate.promise;
    const start = harness.start("a", { input: { n: 1 } });
    await harness.settle();
    const request = {
      jobId: "a",
      consistency: "snapshot",
      includeInput: true,
      includeResult: false,
    } as const;
    const before = await harness.control.getStatus(request, harness.call());
    expect(before).toMatchObject({ status: { state: "stopped" } });
    expect(before.input).toBeUndefined();
    gate.resolve();
    await start;
    expect(await harness.control.getStatus(request, harness.call())).toMatchObject({ input: { n: 1 } });
  });

  it("has the next batch decided while one is being written", async () => {
    const store = new FailingStore();
    await using harness = await Harness.start({ types, store });
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let commits = 0;
    store.delay = () => gates[commits++]?.promise ?? Promise.resolve();
    const first = harness.start("a");
    await harness.settle();
    const second = harness.start("b");
    await harness.settle();
    expect(commits).toBe(1);
    gates[0]?.resolve();
    await first;
    // The store has got the second batch before the first caller went on.
    expect(commits).toBe(2);
    expect(harness.runner.runs).toHaveLength(1);
    gates[1]?.resolve();
    expect(await second).toMatchObject({ started: true });
  });
});

describe("ListJobs", () => {
  it("has the declared types from the beginning, but no templates", async () => {
    await using harness = await Harness.start({ types: [...types, { name: "hidden", template: true }] });
    const { jobs } = harness.list();
    expect(jobs.map(({ jobId, state }) => `${jobId} ${state}`)).toEqual(["a stopped", "b stopped"]);
  });

  it("pages in the order of ids, without gaps or repeats while jobs come and go", async () => {
    await using harness = await Harness.start({ types: [{ name: "m", template: true }] });
    for (const id of ["d", "b", "c", "a"]) await harness.start(id, { jobType: "m" });
    const first = harness.list({ pageSize: 2 });
    await harness.start("aa", { jobType: "m" });
    await harness.start("e", { jobType: "m" });
    const second = harness.list({ pageSize: 2, pageToken: first.nextPageToken });
    const third = harness.list({ pageSize: 2, pageToken: second.nextPageToken });
    const ids = [first, second, third].map(({ jobs }) => jobs.map(({ jobId }) => jobId));
    expect(ids).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    expect(third.nextPageToken).toBe("");
  });

  it("filters by state, type and labels", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a", labels: { team: "red" } });
    const ids = (over: object) => harness.list(over).jobs.map(({ jobId }) => jobId);
    expect(ids({ states: ["running"] })).toEqual(["x"]);
    expect(ids({ jobType: "a" })).toEqual(["a", "x"]);
    expect(ids({ labels: { team: "red" } })).toEqual(["x"]);
    expect(ids({ labels: { team: "blue" } })).toEqual([]);
  });

  it("refuses a page token that nobody gave out", async () => {
    await using harness = await Harness.start({ types });
    expect(() => harness.list({ pageToken: "???" })).toThrow(
      expect.objectContaining({ code: "INVALID_FIELD" }),
    );
  });
});

describe("retention", () => {
  it("removes a settled job when its time has passed, never a declared one, and tells watchers", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a" });
    await harness.start("a");
    for (const id of ["x", "a"]) harness.runner.of(id).succeed();
    await harness.settle();
    await using watch = harness.watch({ skipSnapshot: true, bookmarkMs: 600_000 });
    await watch.next();
    const removed = watch.next();
    await harness.clock.advance(70_000);
    expect(await removed).toMatchObject({ kind: "removed", status: { jobId: "x", state: "succeeded" } });
    await expect(harness.status("x")).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
    expect(await harness.status("a")).toMatchObject({ state: "succeeded" });
  });

  it("gives a job that is made anew under an old id another uid", async () => {
    await using harness = await Harness.start({ types });
    const first = await harness.start("x", { jobType: "a" });
    harness.runner.of("x").succeed();
    await harness.clock.advance(80_000);
    const second = await harness.start("x", { jobType: "a" });
    expect(second.status?.uid).not.toBe(first.status?.uid);
    expect(second.status?.executionCount).toBe(1);
  });
});

describe("a receipt", () => {
  it("tells of a wait for room where there was one, and of none where there was none", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 }, lane: { capacity: 1 } });
    expect(await harness.start("a")).toMatchObject({ receipt: { spaceWaitMs: 0 } });
    const queued = harness.start("b");
    const waits = harness.start("c", { jobType: "a" });
    await harness.clock.advance(1000);
    expect(await queued).toMatchObject({ receipt: { spaceWaitMs: 0, tokenWaitMs: 1000 } });
    await harness.clock.advance(1000);
    expect(await waits).toMatchObject({ receipt: { spaceWaitMs: 1000, tokenWaitMs: 1000 } });
  });
});

describe("the wall clock, put back", () => {
  it("puts off neither the end of a grace nor the times of an interval", async () => {
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    await using harness = await Harness.start({ types: [{ name: "a" }, { name: "tick", schedule }] });
    await harness.start("tick");
    harness.runner.of("tick").succeed();
    await harness.start("a");
    await harness.stop("a", { graceMs: 1000 });
    harness.clock.jump(-3_600_000);
    await harness.clock.advance(1000);
    expect(harness.runner.of("a").kills).toBe(1);
    expect(await harness.status("tick")).toMatchObject({ state: "running", executionCount: 2 });
    harness.runner.of("tick").succeed();
    await harness.clock.advance(1000);
    expect(await harness.status("tick")).toMatchObject({ executionCount: 3 });
  });
});

describe("GetStatus", () => {
  it("gives a token from which a watch tells all that came after its status", async () => {
    await using harness = await Harness.start({ types });
    const read = {
      jobId: "a",
      consistency: "linearizable",
      includeInput: false,
      includeResult: false,
    } as const;
    const oneBatch = [
      harness.start("b"),
      harness.control.getStatus(read, harness.call()),
      harness.start("a"),
    ] as const;
    const [, { status, resumeToken }] = await Promise.all(oneBatch);
    expect(status.state).toBe("stopped");
    await using watch = harness.watch({ jobIds: ["a"], resumeToken });
    expect((await watch.snapshot()).map(brief)).toEqual(["changed a running", "snapshot-end"]);
  });
});
