import { describe, expect, it } from "vitest";
import { brief, Harness } from "../control/core-harness.ts";

describe("the whole way of a job, on a clock that the test moves", () => {
  it("is started, watched, cut off, resumed, stopped and drained, and nobody is told a lie", async () => {
    const schedule = { kind: "interval", intervalMs: 60_000, overlap: "skip", catchUpMs: 0 } as const;
    const types = [{ name: "report" }, { name: "sync", schedule, stopGraceMs: 5000 }];
    const harness = await Harness.start({ types, rate: { rate: 10, burst: 2 } });
    const { clock, runner } = harness;

    // A dashboard watches everything; nothing has been started yet.
    const dashboard = harness.watch();
    expect((await dashboard.snapshot()).map(brief)).toEqual([
      "snapshot report stopped",
      "snapshot sync stopped",
      "snapshot-end",
    ]);

    // Two Starts; the second has to wait for a token, and its receipt says how long.
    const first = await harness.start("report", { input: { month: "2026-01" }, requestId: "report-january" });
    const second = harness.start("sync");
    await clock.advance(100);
    expect(first).toMatchObject({ started: true, receipt: { tokenWaitMs: 0 } });
    expect(await second).toMatchObject({ started: true, receipt: { tokenWaitMs: 100 } });
    expect((await dashboard.take(2)).map(brief)).toEqual(["changed report running", "changed sync running"]);

    // The report tells of its progress, and is done.
    runner.of("report").progress(50);
    expect(await dashboard.next()).toMatchObject({
      status: { currentRun: { progress: { current: 50, total: 100 } } },
    });
    runner.of("report").succeed({ kind: "succeeded", message: "31 pages", result: { pages: 31 } });
    const done = await dashboard.next();
    expect(done).toMatchObject({
      status: { state: "succeeded", message: "31 pages" },
      previousState: "running",
    });

    // The same request again, long after: the same answer, and no second run.
    await clock.advance(1000);
    const again = await harness.start("report", { input: { month: "2026-01" }, requestId: "report-january" });
    expect(again).toEqual({ ...first, replayed: true });

    // The dashboard is cut off. Meanwhile the sync fails, and runs again a minute after it began.
    await dashboard[Symbol.asyncDispose]();
    runner.of("sync").fail("EXIT_CODE");
    await clock.advance(60_000);
    expect(await harness.status("sync")).toMatchObject({ state: "running", executionCount: 2 });

    // It resumes by its token: exactly what it missed, then the mark.
    const resumeToken = done.kind === "changed" ? done.resumeToken : "";
    const resumed = harness.watch({ resumeToken, delivery: "every-transition" });
    expect((await resumed.snapshot()).map(brief)).toEqual([
      "changed sync scheduled",
      "changed sync running",
      "snapshot-end",
    ]);

    // A Stop that is waited for has to wait for a token first. The run does not listen, and is ended by force when its grace is over.
    const stopped = harness.stop("sync", { wait: true, reason: "maintenance" });
    await clock.advance(100 + 5000);
    expect(await stopped).toMatchObject({
      status: { state: "stopped", desiredState: "stopped", reason: "FORCED" },
    });
    expect(runner.of("sync")).toMatchObject({ stops: 1, kills: 1 });
    await clock.advance(120_000);
    expect(runner.runs).toHaveLength(3);

    // The server drains: the watch tells the rest, says so, and ends.
    const end = expect(resumed.rest()).rejects.toMatchObject({ code: "DRAINING" });
    const drained = harness.core.drain({ timeoutMs: 1000 });
    await clock.advance(1000);
    await drained;
    await end;
    await harness.core[Symbol.asyncDispose]();
    expect(clock.pendingTimers).toBe(0);
  });
});
