import { describe, expect, it } from "vitest";
import { Harness } from "./core-harness.ts";

const types = [{ name: "a" }, { name: "b" }, { name: "c" }];

describe("GetCommand", () => {
  it("gives the receipt of a command that was applied, by either of its ids", async () => {
    await using harness = await Harness.start({ types });
    const { receipt } = await harness.start("a", { requestId: "r1" });
    const { commandId } = receipt;
    expect(await harness.control.getCommand({ commandId })).toEqual(receipt);
    expect(await harness.control.getCommand({ requestId: "r1" })).toEqual(receipt);
  });

  it("follows a command that was only accepted: its waits so far, then what became of it", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const accepted = { replyMode: "accepted" } as const;
    const first = (await harness.start("b", accepted)).receipt;
    const second = (await harness.start("c", accepted)).receipt;
    const ask = ({ commandId }: { commandId: string }) => harness.control.getCommand({ commandId });
    await harness.clock.advance(300);
    expect(await ask(first)).toMatchObject({ outcome: "accepted", queueWaitMs: 0, tokenWaitMs: 300 });
    expect(await ask(second)).toMatchObject({ outcome: "accepted", queueWaitMs: 300, tokenWaitMs: 0 });
    expect((await ask(second)).applyTimeMs).toBeUndefined();
    await harness.clock.advance(900);
    expect(await ask(first)).toMatchObject({ outcome: "applied", queueWaitMs: 0, tokenWaitMs: 1000 });
    expect(await ask(second)).toMatchObject({ outcome: "accepted", queueWaitMs: 1000, tokenWaitMs: 200 });
    await harness.clock.advance(800);
    const applyTimeMs = harness.clock.now();
    expect(await ask(second)).toMatchObject({
      outcome: "applied",
      queueWaitMs: 1000,
      tokenWaitMs: 1000,
      applyTimeMs,
    });
  });

  it("tells of the wait for a token of a command whose caller left while its turn was next", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const caller = new AbortController();
    const start = harness.start("b", { requestId: "r" }, { signal: caller.signal });
    const cancelled = expect(start).rejects.toMatchObject({ code: "COMMAND_CANCELLED" });
    await harness.clock.advance(400);
    caller.abort();
    await cancelled;
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "cancelled",
      queueWaitMs: 0,
      tokenWaitMs: 400,
    });
  });

  it.each(["drop-oldest", "drop-newest"] as const)(
    "tells of the wait for a token of a command that a full lane (%s) threw out while its turn was next",
    async (fullMode) => {
      const lane = { capacity: 1, fullMode };
      await using harness = await Harness.start({ types, lane, rate: { rate: 1, burst: 1 } });
      await harness.start("a");
      const evicted = expect(harness.start("b", { requestId: "r" })).rejects.toMatchObject({
        code: "COMMAND_EVICTED",
      });
      await harness.clock.advance(400);
      const next = harness.start("c");
      await evicted;
      expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
        outcome: "evicted",
        queueWaitMs: 0,
        tokenWaitMs: 400,
      });
      await harness.clock.advance(600);
      expect(await next).toMatchObject({ receipt: { outcome: "applied", queueWaitMs: 0, tokenWaitMs: 600 } });
    },
  );

  it("tells of no wait for a token of a command that was thrown out while another was next", async () => {
    const lane = { capacity: 1, fullMode: "drop-oldest" } as const;
    await using harness = await Harness.start({ types, lane, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const evicted = expect(harness.start("b", { requestId: "r" })).rejects.toMatchObject({
      code: "COMMAND_EVICTED",
    });
    const stop = harness.stop("a");
    await harness.clock.advance(400);
    void harness.start("c").catch(() => {});
    await evicted;
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "evicted",
      queueWaitMs: 400,
      tokenWaitMs: 0,
    });
    await harness.clock.advance(600);
    expect(await stop).toMatchObject({ receipt: { queueWaitMs: 0, tokenWaitMs: 1000 } });
  });

  it("tells of the wait for a token of a command whose deadline passed while its turn was next", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const deadlineMs = harness.clock.now() + 2000;
    const start = harness.start("b", { requestId: "r" }, { deadlineMs });
    const expired = expect(start).rejects.toMatchObject({ code: "COMMAND_EXPIRED" });
    await harness.settle();
    await harness.admin.updateLimits({ tokensPerSecond: 0.01, reason: "" }, harness.call());
    await harness.clock.advance(2000);
    await expired;
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "expired",
      queueWaitMs: 0,
      tokenWaitMs: 1980,
    });
  });

  it.each(["cancelled", "evicted"] as const)(
    "counts the wait behind a command that was %s as such, and what follows as the wait for a token",
    async (outcome) => {
      const lane = { capacity: 2, fullMode: "drop-oldest" } as const;
      await using harness = await Harness.start({ types, lane, rate: { rate: 1, burst: 1 } });
      await harness.start("a");
      const caller = new AbortController();
      const first = harness.start("b", {}, { signal: caller.signal }).catch(() => {});
      const second = harness.start("c", { requestId: "s" });
      await harness.clock.advance(400);
      const waits = { queueWaitMs: 400, tokenWaitMs: 0 };
      expect(await harness.control.getCommand({ requestId: "s" })).toMatchObject(waits);
      if (outcome === "cancelled") caller.abort();
      else void harness.start("a").catch(() => {});
      await first;
      await harness.clock.advance(600);
      expect(await second).toMatchObject({ receipt: { queueWaitMs: 400, tokenWaitMs: 600 } });
    },
  );

  it("counts both waits for a token of a command that another went before, and left", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const start = harness.start("b");
    await harness.clock.advance(500);
    const caller = new AbortController();
    const stop = harness.stop("a", {}, { signal: caller.signal }).catch(() => {});
    await harness.clock.advance(200);
    caller.abort();
    await stop;
    await harness.clock.advance(300);
    expect(await start).toMatchObject({ receipt: { queueWaitMs: 200, tokenWaitMs: 800 } });
  });

  it("counts the wait for a token of a command that another went before, and that is cancelled behind it", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const caller = new AbortController();
    const start = harness.start("b", { requestId: "r" }, { signal: caller.signal }).catch(() => {});
    await harness.clock.advance(400);
    const stop = harness.stop("a");
    await harness.clock.advance(100);
    caller.abort();
    await start;
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "cancelled",
      queueWaitMs: 100,
      tokenWaitMs: 400,
    });
    await harness.clock.advance(500);
    expect(await stop).toMatchObject({ receipt: { queueWaitMs: 0, tokenWaitMs: 600 } });
  });

  it("counts both waits for a token of a command that another went before, and was applied", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const start = harness.start("b");
    await harness.clock.advance(400);
    const stop = harness.stop("a");
    await harness.clock.advance(600);
    expect(await stop).toMatchObject({ receipt: { queueWaitMs: 0, tokenWaitMs: 600 } });
    await harness.clock.advance(1000);
    expect(await start).toMatchObject({ receipt: { queueWaitMs: 600, tokenWaitMs: 1400 } });
  });

  it("tells of the wait for a token of a Start that has had it, and waits for room in the queue of its type", async () => {
    const queue = { capacity: 1, fullMode: "wait" } as const;
    await using harness = await Harness.start({
      types: [{ name: "t", template: true, concurrency: 1, queue }],
      rate: { rate: 1, burst: 2 },
    });
    for (const jobId of ["a", "b"]) await harness.start(jobId, { jobType: "t" });
    const caller = new AbortController();
    const start = harness.start("c", { jobType: "t", requestId: "r" }, { signal: caller.signal });
    const cancelled = expect(start).rejects.toMatchObject({ code: "COMMAND_CANCELLED" });
    await harness.clock.advance(1500);
    const waits = { queueWaitMs: 500, tokenWaitMs: 1000 };
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "accepted",
      ...waits,
    });
    caller.abort();
    await cancelled;
    const receipt = await harness.control.getCommand({ requestId: "r" });
    expect(receipt).toMatchObject({ outcome: "cancelled", ...waits });
  });

  it("tells of no wait for a token where a Stop overtook a command before it was its turn", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const overtaken = expect(harness.start("a", { requestId: "r" })).rejects.toMatchObject({
      code: "COMMAND_SUPERSEDED",
    });
    await harness.settle();
    const stop = harness.stop("a");
    await harness.clock.advance(1000);
    await Promise.all([stop, overtaken]);
    expect(await harness.control.getCommand({ requestId: "r" })).toMatchObject({
      outcome: "superseded",
      queueWaitMs: 1000,
      tokenWaitMs: 0,
    });
  });

  it("tells of a command without an effect, and when it was applied it never says", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const refused = harness.start("a", { conflictPolicy: "fail", requestId: "r1" });
    await expect(refused).rejects.toMatchObject({ code: "JOB_RUNNING" });
    const receipt = await harness.control.getCommand({ requestId: "r1" });
    expect(receipt.outcome).toBe("rejected");
    expect(receipt.applyTimeMs).toBeUndefined();
  });

  it("refuses a command that is not known", async () => {
    await using harness = await Harness.start({ types });
    await expect(harness.control.getCommand({ commandId: "c-1" })).rejects.toMatchObject({
      code: "COMMAND_NOT_FOUND",
      refusal: { metadata: { commandId: "c-1" } },
    });
    await expect(harness.control.getCommand({ requestId: "r-1" })).rejects.toMatchObject({
      code: "COMMAND_NOT_FOUND",
      refusal: { metadata: { requestId: "r-1" } },
    });
  });
});
