import { describe, expect, it } from "vitest";
import type { ChannelStats } from "../../src/control/admin-control.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { onceFailingStore } from "../engine/once-failing-store.ts";
import { Harness, type HarnessOptions } from "./core-harness.ts";

/** A core with one type, and no jobs before they are started. */
function open(options: HarnessOptions = {}): Promise<Harness> {
  return Harness.start({ types: [{ name: "work", template: true }, { name: "idle" }], ...options });
}

/** So many Starts, each of a job of its own. What becomes of them is read later. */
function flood(harness: Harness, count: number) {
  const starts = Array.from({ length: count }, () => harness.start("", { jobType: "work" }));
  return Promise.allSettled(starts);
}

function lane({ lanes }: ChannelStats, priority: string) {
  return lanes.find((candidate) => candidate.priority === priority);
}

const slow = { rate: 0.001, burst: 1 };

describe("GetChannelStats", () => {
  it("shows a channel at rest", async () => {
    await using harness = await open();
    expect(harness.admin.stats()).toEqual({
      lanes: ["critical", "high", "normal", "low"].map((priority) => ({
        priority,
        capacity: 100,
        fullMode: "wait",
        depth: 0,
        waitingWriters: 0,
        turnsInARow: 0,
        oldestAcceptedAtMs: undefined,
      })),
      oldestAgeMs: 0,
      acceptedPerSecond: 0,
      appliedPerSecond: 0,
      dropped: 0,
      evicted: 0,
      expired: 0,
      limits: undefined,
      watchers: 0,
      slowWatchers: 0,
      watchLag: 0,
      coalesced: 0,
      activeRuns: 0,
      types: ["work", "idle"].map((name) => ({ name, running: 0, pending: 0 })),
      degraded: false,
    });
  });

  it("shows what waits, what waits for room, for how long, and at which rates it moves", async () => {
    await using harness = await open({ rate: { rate: 10, burst: 1 }, lane: { capacity: 4 } });
    const { admin, clock } = harness;
    await clock.advance(1000);
    void flood(harness, 8);
    await harness.settle();
    expect(admin.stats()).toMatchObject({
      oldestAgeMs: 0,
      acceptedPerSecond: 5,
      appliedPerSecond: 1,
      activeRuns: 1,
    });
    expect(lane(admin.stats(), "normal")).toMatchObject({ depth: 4, waitingWriters: 3 });
    await clock.advance(250);
    expect(lane(admin.stats(), "normal")).toMatchObject({ depth: 4, waitingWriters: 1 });
    expect(admin.stats()).toMatchObject({ oldestAgeMs: 250, activeRuns: 3 });
    void harness.stop("nobody", { priority: "critical" }).catch(() => {});
    await harness.settle();
    expect(lane(admin.stats(), "critical")).toMatchObject({ depth: 1, waitingWriters: 0 });
    await clock.advance(750);
    expect(admin.stats()).toMatchObject({ oldestAgeMs: 0, activeRuns: 8 });
    // Nine came, eight of them found a job to start; the whole took the second that is over, and one before it.
    expect(admin.stats()).toMatchObject({ acceptedPerSecond: 9 / 2, appliedPerSecond: 8 / 2 });
    await clock.advance(5000);
    expect(admin.stats()).toMatchObject({ acceptedPerSecond: 0, appliedPerSecond: 0 });
  });

  it.each([
    ["drop-write", { dropped: 3, evicted: 0 }, ["CHANNEL_FULL", "CHANNEL_FULL", "CHANNEL_FULL"]],
    ["drop-newest", { dropped: 0, evicted: 3 }, ["COMMAND_EVICTED", "COMMAND_EVICTED", "COMMAND_EVICTED"]],
    ["drop-oldest", { dropped: 0, evicted: 3 }, ["COMMAND_EVICTED", "COMMAND_EVICTED", "COMMAND_EVICTED"]],
  ] as const)(
    "counts what a full lane refuses in mode %s, as its callers hear it",
    async (fullMode, counts, codes) => {
      await using harness = await open({ rate: slow, lane: { capacity: 2, fullMode } });
      await flood(harness, 1);
      const refused: string[] = [];
      for (let count = 0; count < 5; count++) {
        harness.start("", { jobType: "work" }).catch((error: unknown) => {
          if (error instanceof JobControlError) refused.push(error.code);
        });
      }
      await harness.settle();
      expect(refused).toEqual(codes);
      expect(harness.admin.stats()).toMatchObject({ ...counts, expired: 0 });
      expect(lane(harness.admin.stats(), "normal")).toMatchObject({ fullMode, depth: 2, waitingWriters: 0 });
    },
  );

  it("counts who finds no room to wait for room in mode wait", async () => {
    await using harness = await open({ rate: slow, lane: { capacity: 2 } });
    void flood(harness, 1 + 2 + 10 + 4);
    await harness.settle();
    // The first was taken as soon as it came, and one that waited for room has its place.
    expect(lane(harness.admin.stats(), "normal")).toMatchObject({ depth: 2, waitingWriters: 9 });
    expect(harness.admin.stats()).toMatchObject({ dropped: 5, evicted: 0 });
  });

  it("counts the expired, and not an answer that is given again", async () => {
    await using harness = await open({ rate: { rate: 1, burst: 1 } });
    const { admin, clock } = harness;
    await harness.start("idle", { requestId: "r1" });
    await harness.start("idle", { requestId: "r1" });
    expect(admin.stats()).toMatchObject({ acceptedPerSecond: 1, appliedPerSecond: 1 });
    const late = harness.start("idle", {}, { deadlineMs: clock.now() + 1500 }).catch(() => {});
    void harness.stop("nobody").catch(() => {});
    await clock.advance(1500);
    await late;
    expect(admin.stats()).toMatchObject({ expired: 1, dropped: 0 });
  });

  it("shows the limits, and the tokens that are saved up", async () => {
    await using harness = await open({ rate: { rate: 10, burst: 5 } });
    expect(harness.admin.stats().limits).toEqual({ rate: 10, burst: 5, available: 5 });
    await flood(harness, 2);
    await harness.clock.advance(150);
    expect(harness.admin.stats().limits?.available).toBeCloseTo(4.5, 6);
  });

  it("is degraded from the moment that a lane is filled to four fifths", async () => {
    await using harness = await open({ rate: slow, lane: { capacity: 5 } });
    void flood(harness, 1 + 3);
    await harness.settle();
    expect(harness.admin.stats().degraded).toBe(false);
    void flood(harness, 1);
    await harness.settle();
    expect(harness.admin.stats().degraded).toBe(true);
  });

  it("is degraded from where the operator has set it", async () => {
    await using harness = await open({ rate: slow, lane: { capacity: 5 }, degradedAt: 0.4 });
    void flood(harness, 1 + 1);
    await harness.settle();
    expect(harness.admin.stats().degraded).toBe(false);
    void flood(harness, 1);
    await harness.settle();
    expect(harness.admin.stats().degraded).toBe(true);
  });

  it("is degraded from a write that failed to the next that does not", async () => {
    const store = onceFailingStore({ commit: 2, error: new Error("disk") });
    await using harness = await open({ store });
    await expect(harness.start("idle")).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(harness.admin.stats().degraded).toBe(true);
    const next = harness.start("idle");
    await harness.clock.advance(500);
    await next;
    expect(harness.admin.stats().degraded).toBe(false);
  });
});

describe("the figures of the watches", () => {
  it("tell who lies behind by more than a tenth of the ring, and what was merged for whom", async () => {
    await using harness = await open({ ring: 50 });
    const { admin } = harness;
    await using reading = harness.watch({ jobIds: ["idle"] });
    await reading.snapshot();
    const patient = reading.next();
    await using stalled = harness.watch();
    await stalled.snapshot();
    expect(admin.stats()).toMatchObject({ watchers: 2, slowWatchers: 0, watchLag: 0, coalesced: 0 });
    await harness.start("busy", { jobType: "work" });
    for (let change = 0; change < 4; change++) await flipFlop(harness, "busy");
    expect(admin.stats()).toMatchObject({ watchers: 2, slowWatchers: 0 });
    await flipFlop(harness, "busy");
    // One has read all that concerns it, however much else changes; the other has not looked since.
    expect(admin.stats()).toMatchObject({ watchers: 2, slowWatchers: 1, watchLag: 6 });
    expect(await stalled.next()).toMatchObject({ kind: "changed", coalesced: 5 });
    expect(admin.stats()).toMatchObject({ slowWatchers: 0, watchLag: 0, coalesced: 5 });
    await stalled[Symbol.asyncDispose]();
    expect(admin.stats()).toMatchObject({ watchers: 1, slowWatchers: 0, coalesced: 5 });
    await harness.start("idle");
    await patient;
  });
});

/** One change of the job: a run that ends, or one that begins. */
async function flipFlop(harness: Harness, jobId: string): Promise<void> {
  const { state } = await harness.status(jobId);
  if (state === "running") harness.runner.of(jobId).succeed();
  else await harness.start(jobId);
  await harness.settle();
}

describe("WatchChannelStats", () => {
  it("gives the figures at once, and then at every interval", async () => {
    await using harness = await open({ rate: slow });
    const figures = harness.admin.watchStats(250, harness.call())[Symbol.asyncIterator]();
    expect((await figures.next()).value).toMatchObject({ activeRuns: 0 });
    const second = figures.next();
    await flood(harness, 1);
    let told = false;
    void second.then(() => {
      told = true;
    });
    await harness.clock.advance(249);
    expect(told).toBe(false);
    await harness.clock.advance(1);
    expect((await second).value).toMatchObject({ activeRuns: 1 });
    // Who comes late gets the newest at once, and then one an interval again.
    await harness.clock.advance(1000);
    await figures.next();
    const next = figures.next();
    await harness.clock.advance(250);
    expect((await next).done).toBe(false);
    await figures.return?.();
  });

  it("ends with the last figures, and DRAINING, when the server has drained", async () => {
    await using harness = await open();
    await flood(harness, 1);
    const figures = harness.admin.watchStats(60_000, harness.call())[Symbol.asyncIterator]();
    await figures.next();
    const last = figures.next();
    const drained = harness.core.drain({ timeoutMs: 1000 });
    await harness.clock.advance(1000);
    await drained;
    expect(await last).toMatchObject({ done: false, value: { activeRuns: 0 } });
    await expect(figures.next()).rejects.toMatchObject({ code: "DRAINING" });
  });

  it("ends when its caller goes away, and leaves nothing behind", async () => {
    await using harness = await open();
    const timers = harness.clock.pendingTimers;
    const caller = new AbortController();
    const figures = harness.admin
      .watchStats(1000, harness.call({ signal: caller.signal }))
      [Symbol.asyncIterator]();
    await figures.next();
    const next = figures.next();
    await harness.settle();
    expect(harness.clock.pendingTimers).toBe(timers + 1);
    caller.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(harness.clock.pendingTimers).toBe(timers);
  });
});

describe("UpdateLimits", () => {
  it("counts at once for the command that waits for a token", async () => {
    await using harness = await open({ rate: slow });
    const { admin, clock, runner } = harness;
    await harness.start("idle");
    void flood(harness, 3);
    await clock.advance(1000);
    expect(runner.runs).toHaveLength(1);
    const reply = await admin.updateLimits({ tokensPerSecond: 10, reason: "" }, harness.call());
    expect(reply.limits).toMatchObject({ rate: 10, burst: 1 });
    await clock.advance(99);
    expect(runner.runs).toHaveLength(1);
    await clock.advance(1);
    expect(runner.runs).toHaveLength(2);
    await clock.advance(200);
    expect(runner.runs).toHaveLength(4);
  });

  it("slows down what waits, too", async () => {
    await using harness = await open({ rate: { rate: 10, burst: 1 } });
    const { admin, clock, runner } = harness;
    void flood(harness, 4);
    await clock.advance(150);
    expect(runner.runs).toHaveLength(2);
    await admin.updateLimits({ tokensPerSecond: 0.5, reason: "" }, harness.call());
    // Half a token was there already; the other half takes a second.
    await clock.advance(999);
    expect(runner.runs).toHaveLength(2);
    await clock.advance(1);
    expect(runner.runs).toHaveLength(3);
    await clock.advance(1999);
    expect(runner.runs).toHaveLength(3);
    await clock.advance(1);
    expect(runner.runs).toHaveLength(4);
  });

  it("changes the burst alone: what is saved up stays, as far as it fits", async () => {
    await using harness = await open({ rate: { rate: 10, burst: 5 } });
    const { admin } = harness;
    const lower = await admin.updateLimits({ burst: 2, reason: "" }, harness.call());
    expect(lower.limits).toEqual({ rate: 10, burst: 2, available: 2 });
    const higher = await admin.updateLimits({ burst: 4, reason: "" }, harness.call());
    expect(higher.limits).toEqual({ rate: 10, burst: 4, available: 2 });
  });

  it("brings a limit in where there was none", async () => {
    await using harness = await open();
    const { admin, clock, runner } = harness;
    await flood(harness, 20);
    expect(runner.runs).toHaveLength(20);
    await admin.updateLimits({ tokensPerSecond: 1, reason: "" }, harness.call());
    void flood(harness, 3);
    await harness.settle();
    expect(runner.runs).toHaveLength(21);
    await clock.advance(1000);
    expect(runner.runs).toHaveLength(22);
  });

  it("refuses a burst where there is no rate, and takes a request that changes nothing", async () => {
    await using harness = await open();
    const { admin } = harness;
    await expect(admin.updateLimits({ burst: 5, reason: "" }, harness.call())).rejects.toMatchObject({
      code: "INVALID_FIELD",
      refusal: { violations: [{ field: "burst" }] },
    });
    expect((await admin.updateLimits({ reason: "" }, harness.call())).limits).toBeUndefined();
  });
});

describe("Drain", () => {
  it("answers as soon as every command has its fate, and leaves the runs the time of their grace", async () => {
    await using harness = await open({ rate: { rate: 1, burst: 1 }, lane: { capacity: 2 } });
    const { admin, clock, runner } = harness;
    const fates = flood(harness, 5);
    await harness.settle();
    let reply: unknown;
    void admin.drain({ timeoutMs: 2500, reason: "" }, harness.call()).then((told) => {
      reply = told;
    });
    await clock.advance(1499);
    expect(reply).toBeUndefined();
    await clock.advance(1);
    expect(reply).toEqual({ applied: 1, refused: 3 });
    expect(await fates).toMatchObject([
      ...Array(2).fill({ status: "fulfilled" }),
      ...Array(3).fill({ status: "rejected", reason: { code: "DRAINING" } }),
    ]);
    expect(runner.runs.map(({ stops, kills }) => [stops, kills])).toEqual(Array(2).fill([1, 0]));
  });

  it("answers at once where nothing waits, before the runs have ended", async () => {
    await using harness = await open({ types: [{ name: "work", stopGraceMs: 10_000 }] });
    await harness.start("work");
    const reply = harness.admin.drain({ timeoutMs: 60_000, reason: "" }, harness.call());
    await harness.settle();
    expect(await reply).toEqual({ applied: 0, refused: 0 });
    expect(harness.runner.of("work")).toMatchObject({ stops: 1, kills: 0 });
  });

  it("refuses what waits for room in the queue of a type, too", async () => {
    const queue = { capacity: 1, fullMode: "wait" } as const;
    await using harness = await open({ types: [{ name: "work", template: true, concurrency: 1, queue }] });
    const fates = flood(harness, 4);
    await harness.settle();
    expect(harness.runner.runs).toHaveLength(1);
    const reply = harness.admin.drain({ timeoutMs: 1000, reason: "" }, harness.call());
    await harness.clock.advance(1000);
    expect(await reply).toEqual({ applied: 0, refused: 2 });
    expect(await fates).toMatchObject([
      { status: "fulfilled" },
      { status: "fulfilled" },
      { status: "rejected", reason: { code: "DRAINING" } },
      { status: "rejected", reason: { code: "DRAINING" } },
    ]);
  });

  it("a second time gets the same answer, and brings the end forward", async () => {
    await using harness = await open({ rate: slow });
    const fates = flood(harness, 3);
    await harness.settle();
    const first = harness.admin.drain({ timeoutMs: 60_000, reason: "" }, harness.call());
    await harness.clock.advance(100);
    const second = harness.admin.drain({ timeoutMs: 500, reason: "" }, harness.call());
    const third = harness.admin.drain({ timeoutMs: 9999, reason: "" }, harness.call());
    await harness.clock.advance(500);
    const answer = { applied: 0, refused: 2 };
    expect(await Promise.all([first, second, third])).toEqual([answer, answer, answer]);
    await fates;
  });

  it("applies at the limits of the moment", async () => {
    await using harness = await open({ rate: slow });
    void flood(harness, 3);
    await harness.settle();
    const reply = harness.admin.drain({ timeoutMs: 1000, reason: "" }, harness.call());
    await harness.admin.updateLimits({ tokensPerSecond: 10, reason: "" }, harness.call());
    await harness.clock.advance(200);
    expect(await reply).toEqual({ applied: 2, refused: 0 });
  });
});
