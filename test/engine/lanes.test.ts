import { describe, expect, it } from "vitest";
import type { LaneOptions } from "../../src/engine/local/lane-options.ts";
import { Lanes } from "../../src/engine/local/lanes.ts";
import { QueuedCommand } from "../../src/engine/local/queued-command.ts";
import { type Command, type Priority, priorities } from "../../src/job/command.ts";
import type { Settlement } from "../../src/job/settlement.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";

function setup(over: Partial<LaneOptions> = {}) {
  const clock = new FakeClock();
  const lanes = new Lanes({
    lanes: priorities.map((priority) => ({ priority, capacity: 2, fullMode: "wait", ...over })),
    maxWaiters: 2,
  });
  let commands = 0;
  const arrive = (over: Partial<Command> = {}) => {
    const commandId = `command-${++commands}`;
    const base = { commandId, requestId: "", priority: "normal", replyMode: "applied", jobId: "job" };
    const command = { kind: "get-status", ...base, ...over } as Command;
    const onRefused = (entry: QueuedCommand, settlement: Settlement) => entry.settle(settlement);
    const ignored = { tokenWaitMs: () => 0, onPlaced: () => {}, onAbandoned: () => {}, onRefused };
    const onSettled = (entry: QueuedCommand) => lanes.forget(entry);
    return new QueuedCommand(command, { clock, content: "", ...ignored, onSettled });
  };
  const enqueue = (over: Partial<Command> = {}) => {
    const entry = arrive(over);
    lanes.enqueue(entry);
    return entry;
  };
  return {
    clock,
    lanes,
    arrive,
    enqueue,
    start: (over: Partial<Command> = {}) => enqueue({ kind: "start", ...over }),
  };
}

function read(lanes: Lanes, count: number): string[] {
  return Array.from({ length: count }, () => lanes.tryRead()?.command.priority ?? "nothing");
}

describe("Lanes.tryRead()", () => {
  it("counts a lane's turns only while a lower one waits", () => {
    const { lanes, enqueue } = setup({ capacity: 20 });
    for (let count = 0; count < 18; count++) enqueue({ priority: "high" });
    expect(read(lanes, 8)).toEqual(Array(8).fill("high"));
    enqueue({ priority: "low" });
    expect(read(lanes, 10)).toEqual([...Array(8).fill("high"), "low", "high"]);
  });

  it("counts anew once nothing lower waited", () => {
    const { lanes, enqueue } = setup({ capacity: 30 });
    for (let count = 0; count < 20; count++) enqueue({ priority: "high" });
    const left = enqueue({ priority: "low" });
    expect(read(lanes, 5)).toEqual(Array(5).fill("high"));
    lanes.withdraw(left);
    lanes.tryRead();
    enqueue({ priority: "low" });
    expect(read(lanes, 9)).toEqual([...Array(8).fill("high"), "low"]);
  });

  it("gives the lowest lane its turn among all others", () => {
    const { lanes, enqueue } = setup({ capacity: 100 });
    for (const priority of priorities) for (let count = 0; count < 100; count++) enqueue({ priority });
    const order = read(lanes, 400);
    expect(order.indexOf("high")).toBe(8);
    expect(order.indexOf("normal")).toBe(8 * 9 + 8);
    expect(new Set(order.slice(-100)).has("low")).toBe(true);
    expect(order).not.toContain("nothing");
  });

  it("gives nothing where nothing waits", () => {
    expect(setup().lanes.tryRead()).toBeUndefined();
  });
});

describe("Lanes.enqueue()", () => {
  it("counts no wait for room where there was room, however long the command was on its way", async () => {
    const { clock, lanes, arrive } = setup({ capacity: 1 });
    const [first, second] = [arrive(), arrive()];
    await clock.advance(30);
    lanes.enqueue(first);
    lanes.enqueue(second);
    await clock.advance(20);
    lanes.tryRead();
    expect(first.receipt("accepted")).toMatchObject({ spaceWaitMs: 0, queueWaitMs: 20 });
    expect(second.receipt("accepted")).toMatchObject({ spaceWaitMs: 50, queueWaitMs: 0 });
  });
});

describe("Lanes.takeSuperseded()", () => {
  it("takes no Start that still waits for room when the Stop is accepted", () => {
    const { lanes, start, enqueue } = setup({ capacity: 1 });
    const accepted = start();
    const waiting = start();
    const stop = enqueue({ kind: "stop", priority: "critical" } as Partial<Command>);
    expect(lanes.tryRead()).toBe(stop);
    expect(lanes.takeSuperseded(stop)).toEqual([accepted]);
    expect(lanes.tryRead()).toBe(waiting);
  });

  it("takes nothing twice, and nothing that has left", () => {
    const { lanes, start, enqueue } = setup();
    const left = start();
    lanes.withdraw(left);
    left.refuse("cancelled", { code: "COMMAND_CANCELLED", message: "" });
    const accepted = start();
    const stop = enqueue({ kind: "stop", priority: "high" } as Partial<Command>);
    lanes.tryRead();
    expect(lanes.takeSuperseded(stop)).toEqual([accepted]);
    expect(lanes.takeSuperseded(stop)).toEqual([]);
    expect(lanes.count).toBe(0);
  });

  it("is for commands that name a job", () => {
    const { lanes, start, enqueue } = setup();
    start();
    const watch = enqueue({ kind: "watch", jobId: undefined, priority: "high" } as Partial<Command>);
    expect(lanes.takeSuperseded(watch)).toEqual([]);
  });
});

describe("Lanes.withdraw()", () => {
  it("takes a command out wherever it is, once", () => {
    const { lanes, enqueue } = setup({ capacity: 1 });
    const [inside, waiting, next] = [enqueue(), enqueue(), enqueue()];
    expect(lanes.withdraw(waiting)).toBe(true);
    expect(lanes.withdraw(waiting)).toBe(false);
    expect(lanes.withdraw(inside)).toBe(true);
    expect(lanes.withdraw(inside)).toBe(false);
    expect(lanes.tryRead()).toBe(next);
    expect(lanes.count).toBe(0);
  });
});

describe("Lanes.waitToRead()", () => {
  it("looks at its signal first", async () => {
    const { lanes, enqueue } = setup();
    enqueue();
    const reason = new Error("enough");
    await expect(lanes.waitToRead({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(lanes.count).toBe(1);
  });

  it("waits on at capacity 0 until somebody waits there", async () => {
    const { clock, lanes, enqueue } = setup({ capacity: 0 });
    let told: boolean | undefined;
    const waiting = lanes.waitToRead({ atLeast: 100 }).then((more) => (told = more));
    await clock.advance(0);
    expect(told).toBeUndefined();
    enqueue();
    expect(await waiting).toBe(true);
  });

  it("waits on where a command came and went", async () => {
    const { clock, lanes, enqueue } = setup();
    let told: boolean | undefined;
    const waiting = lanes.waitToRead().then((more) => (told = more));
    lanes.withdraw(enqueue());
    await clock.advance(0);
    expect(told).toBeUndefined();
    enqueue();
    expect(await waiting).toBe(true);
  });
});

describe("Lanes.complete()", () => {
  it("gives back all that waits, and accepts none of it on the way", () => {
    const { lanes, enqueue } = setup({ capacity: 1 });
    const entries = [enqueue(), enqueue(), enqueue(), enqueue({ priority: "low" })];
    expect(lanes.complete()).toHaveLength(4);
    expect(entries.map(({ isPending }) => isPending)).toEqual([false, true, true, false]);
    expect(lanes.count).toBe(0);
  });

  it("ends every wait to read: nothing more will come", async () => {
    const { lanes } = setup();
    const waiting = lanes.waitToRead();
    lanes.complete();
    expect(await waiting).toBe(false);
    expect(await lanes.waitToRead()).toBe(false);
  });
});

describe("a full lane", () => {
  it.each(["drop-newest", "drop-oldest"] as const)("tells what %s threw out, and why", (fullMode) => {
    const { enqueue } = setup({ capacity: 1, fullMode });
    const evicted = enqueue({ priority: "high" });
    const kept = enqueue({ priority: "high" });
    expect(evicted.settlement).toMatchObject({
      receipt: { outcome: "evicted" },
      refusal: { code: "COMMAND_EVICTED", metadata: { lane: "HIGH", fullMode } },
    });
    expect(kept.settlement).toBeUndefined();
  });

  it.each<[LaneOptions["fullMode"], number]>([
    ["drop-write", 1],
    ["wait", 3],
  ])("tells what found no place with %s, and how many there are", (fullMode, places) => {
    const { enqueue } = setup({ capacity: 1, fullMode });
    const entries = Array.from({ length: places + 1 }, () => enqueue({ priority: "low" }));
    expect(entries.at(-1)?.settlement).toMatchObject({
      receipt: { outcome: "dropped" },
      refusal: { code: "CHANNEL_FULL", metadata: { lane: "LOW", capacity: "1" } },
    });
    expect(entries.filter(({ settlement }) => settlement === undefined)).toHaveLength(places);
  });

  it("refuses a priority that has no lane", () => {
    const { enqueue } = setup();
    expect(() => enqueue({ priority: "none" as Priority })).toThrow(RangeError);
  });
});
