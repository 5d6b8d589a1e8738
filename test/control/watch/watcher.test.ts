import { describe, expect, it } from "vitest";
import type { ChangeMessage, WatchMessage } from "../../../src/control/watch/watch.ts";
import { brief, Harness } from "../core-harness.ts";

const types = [{ name: "a" }, { name: "b" }];

async function tokenNow(harness: Harness): Promise<string> {
  await using watch = harness.watch();
  return tokenOf((await watch.snapshot()).at(-1));
}

function tokenOf(message: WatchMessage | undefined): string {
  if (message === undefined || !("resumeToken" in message)) throw new Error("A message without a token");
  return message.resumeToken;
}

describe("a watch", () => {
  it("begins at once with the jobs as they are, in the order of their ids, and marks the end of that", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("b");
    await using watch = harness.watch();
    const messages = await watch.snapshot();
    expect(messages.map(brief)).toEqual(["snapshot a stopped", "snapshot b running", "snapshot-end"]);
  });

  it("then tells every change in the order of revisions, with the state before it", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch();
    await watch.snapshot();
    await harness.start("a");
    const started = await watch.next();
    expect(started).toMatchObject({
      kind: "changed",
      previousState: "stopped",
      status: { state: "running" },
      coalesced: 0,
    });
    harness.runner.of("a").succeed();
    expect(brief(await watch.next())).toBe("changed a succeeded");
  });

  it("misses nothing that happens between its snapshot and its first change", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch();
    expect(brief(await watch.next())).toBe("snapshot a stopped");
    await harness.start("a");
    expect((await watch.take(3)).map(brief)).toEqual([
      "snapshot b stopped",
      "snapshot-end",
      "changed a running",
    ]);
  });

  it("waits for a job that does not exist yet", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ jobIds: ["later"] });
    expect((await watch.snapshot()).map(brief)).toEqual(["snapshot later absent", "snapshot-end"]);
    await harness.start("later", { jobType: "a" });
    expect(await watch.next()).toMatchObject({
      kind: "changed",
      status: { jobId: "later" },
      previousState: undefined,
    });
  });

  it("of some jobs hears nothing of others", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ jobIds: ["a", "a"] });
    await watch.snapshot();
    await harness.start("b");
    await harness.start("a");
    expect(brief(await watch.next())).toBe("changed a running");
  });

  it("leaves the snapshot out when asked to", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ skipSnapshot: true });
    expect((await watch.snapshot()).map(brief)).toEqual(["snapshot-end"]);
  });

  it("ends when its caller goes away, and leaves nothing behind", async () => {
    await using harness = await Harness.start({ types });
    const caller = new AbortController();
    const watch = harness.watch({}, { signal: caller.signal });
    await watch.snapshot();
    const timers = harness.clock.pendingTimers;
    const pending = watch.rest();
    await harness.settle();
    expect(harness.clock.pendingTimers).toBe(timers + 1);
    caller.abort();
    expect(await pending).toEqual([]);
    expect(harness.clock.pendingTimers).toBe(timers);
  });
});

describe("a watch until all are settled", () => {
  it("ends though one of them was removed meanwhile", async () => {
    const short = { name: "t", template: true, retentionMs: 1000 };
    await using harness = await Harness.start({ types: [short] });
    await harness.start("x", { jobType: "t" });
    await harness.start("y", { jobType: "t" });
    await using watch = harness.watch({ jobIds: ["x", "y"], until: "all-settled" });
    await watch.snapshot();
    const rest = watch.rest();
    harness.runner.of("x").succeed();
    await harness.clock.advance(12_000);
    harness.runner.of("y").succeed();
    await harness.settle();
    expect((await rest).map(brief)).toEqual([
      "changed x succeeded",
      "removed x succeeded",
      "changed y succeeded",
      "closing until-met",
    ]);
  });

  it("of all jobs ends when the last one settles", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await harness.start("b");
    await using watch = harness.watch({ until: "all-settled" });
    await watch.snapshot();
    const rest = watch.rest();
    harness.runner.of("a").succeed();
    await harness.settle();
    harness.runner.of("b").succeed();
    await harness.settle();
    expect((await rest).map(brief)).toEqual([
      "changed a succeeded",
      "changed b succeeded",
      "closing until-met",
    ]);
  });
});

describe("min_interval", () => {
  it("holds back no progress that hides a change of state", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ jobIds: ["a"], minIntervalMs: 60_000, bookmarkMs: 60_000 });
    await watch.snapshot();
    const running = watch.next();
    await harness.start("a");
    expect(brief(await running)).toBe("changed a running");
    await harness.stop("a");
    harness.runner.of("a").progress(1);
    await harness.settle();
    expect(await watch.next()).toMatchObject({ status: { state: "stopping" }, coalesced: 1 });
  });

  it("does not let the ring overtake a quick reader, whatever others do meanwhile", async () => {
    for (const jobIds of [["a"], ["a", "b"]]) {
      await using harness = await Harness.start({ types, ring: 20 });
      await harness.start("a");
      await harness.start("b");
      const request = {
        jobIds,
        delivery: "every-transition",
        minIntervalMs: 10_000,
        bookmarkMs: 60_000,
      } as const;
      await using watch = harness.watch(request);
      await watch.snapshot();
      harness.runner.of("a").progress(1);
      await harness.settle();
      await watch.next();
      const next = watch.next();
      harness.runner.of("a").progress(2);
      for (let step = 0; step < 100; step++) {
        harness.runner.of("b").progress(step);
        await harness.clock.advance(100);
      }
      expect((await next).kind).toBe("changed");
    }
  });
});

describe("a watch that is left", () => {
  it("ends for who waits for its next message too, and leaves nothing behind", async () => {
    await using harness = await Harness.start({ types, maxWatchers: 1 });
    const watch = harness.watch();
    await watch.snapshot();
    const timers = harness.clock.pendingTimers;
    const pending = watch.rest();
    await harness.settle();
    await watch[Symbol.asyncDispose]();
    expect(await pending).toEqual([]);
    expect(harness.clock.pendingTimers).toBe(timers);
    await using another = harness.watch();
    expect(brief(await another.next())).toBe("snapshot a stopped");
  });
});

describe("a watch with labels", () => {
  it("shows the jobs that carry all of them", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a", labels: { team: "red", tier: "1" } });
    await harness.start("y", { jobType: "a", labels: { team: "blue", tier: "1" } });
    await using watch = harness.watch({ labels: { team: "red", tier: "1" } });
    expect((await watch.snapshot()).map(brief)).toEqual(["snapshot x running", "snapshot-end"]);
  });

  it("tells once more of a job that loses them, as removed", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a", labels: { team: "red" } });
    await using watch = harness.watch({ labels: { team: "red" } });
    await watch.snapshot();
    harness.runner.of("x").succeed();
    expect(brief(await watch.next())).toBe("changed x succeeded");
    await harness.start("x", { labels: { team: "blue" } });
    expect(brief(await watch.next())).toBe("removed x running");
  });
});

describe("a job that comes into sight of a watch with labels", () => {
  it("is told without the state that it had before, as the watch knew nothing of it", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ labels: { team: "red" } });
    await watch.snapshot();
    await harness.start("a", { labels: { team: "red" } });
    expect(await watch.next()).toMatchObject({ status: { state: "running" }, previousState: undefined });
  });
});

describe("a slow watch with labels", () => {
  it("hears that a job lost them, though the job has changed again since", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a", labels: { team: "red" } });
    await using watch = harness.watch({ labels: { team: "red" } });
    await watch.snapshot();
    harness.runner.of("x").succeed();
    await harness.settle();
    await harness.start("x", { labels: { team: "blue" } });
    harness.runner.of("x").succeed();
    await harness.settle();
    expect(await watch.next()).toMatchObject({ kind: "removed", status: { labels: { team: "blue" } } });
  });

  it("hears that a job was removed, though another was made under its id", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a", labels: { team: "red" } });
    await using watch = harness.watch({ labels: { team: "red" } });
    await watch.snapshot();
    harness.runner.of("x").succeed();
    await harness.clock.advance(80_000);
    await harness.start("x", { jobType: "a" });
    expect(brief(await watch.next())).toBe("removed x succeeded");
  });
});

describe("resuming a watch", () => {
  it("gives exactly what came after the token, and then the mark", async () => {
    await using harness = await Harness.start({ types });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    await harness.start("a");
    await harness.start("b");
    await using second = harness.watch({ resumeToken: token });
    expect((await second.snapshot()).map(brief)).toEqual([
      "changed a running",
      "changed b running",
      "snapshot-end",
    ]);
  });

  it("gives the mark at once where nothing was missed", async () => {
    await using harness = await Harness.start({ types });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    await using second = harness.watch({ resumeToken: token });
    expect((await second.snapshot()).map(brief)).toEqual(["snapshot-end"]);
  });

  it("works from every message that carries a token", async () => {
    await using harness = await Harness.start({ types });
    await using first = harness.watch({ delivery: "every-transition" });
    await first.snapshot();
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.start("b");
    const changes = await first.take(3);
    for (const [index, message] of changes.entries()) {
      await using again = harness.watch({ resumeToken: tokenOf(message), delivery: "every-transition" });
      const missed = (await again.snapshot()).slice(0, -1);
      expect(missed).toEqual(changes.slice(index + 1));
    }
  });

  it.each([
    ["of another epoch", () => "other:1"],
    ["ahead of the server", (token: string) => token.replace(/:.*/, ":999")],
  ])("starts anew, and says so, with a token %s", async (_name, forge) => {
    await using harness = await Harness.start({ types });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    await using second = harness.watch({ resumeToken: forge(token) });
    expect((await second.snapshot()).map(brief)).toEqual([
      "reset",
      "snapshot a stopped",
      "snapshot b stopped",
      "snapshot-end",
    ]);
  });

  it("starts anew, and says so, with a token that is too old for the ring", async () => {
    await using harness = await Harness.start({ types, ring: 3 });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    for (let round = 0; round < 2; round++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    await using second = harness.watch({ resumeToken: token });
    expect(brief(await second.next())).toBe("reset");
  });

  it("marks the end of what it missed once, though it is overtaken on the way there", async () => {
    await using harness = await Harness.start({ types, ring: 2 });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    const overtake = async () => {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    };
    await overtake();
    await using second = harness.watch({ resumeToken: token, jobIds: ["a"] });
    expect(brief(await second.next())).toBe("changed a succeeded");
    await overtake();
    await harness.start("a");
    expect((await second.snapshot()).map(brief)).toEqual(["reset", "snapshot a running", "snapshot-end"]);
    harness.runner.of("a").succeed();
    expect(brief(await second.next())).toBe("changed a succeeded");
  });

  it.each([
    ["soon", 0],
    ["after so long that a bookmark is due", 20_000],
  ])("misses nothing that happens while its reader has the mark, and goes on %s", async (_name, pauseMs) => {
    await using harness = await Harness.start({ types });
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    await harness.start("a");
    await using second = harness.watch({ resumeToken: token, delivery: "every-transition" });
    await second.snapshot();
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.clock.advance(pauseMs);
    expect(brief(await second.next())).toBe("changed a succeeded");
    await harness.start("a");
    await harness.start("b");
    expect((await second.take(2)).map(brief)).toEqual(["changed a running", "changed b running"]);
  });

  it.each(["nonsense", "abc:", ":1", "abc:-1", "abc:1.5", "ABC:1", "abc:99999999999999999999"])(
    "refuses a token that nobody gave out: %s",
    async (resumeToken) => {
      await using harness = await Harness.start({ types });
      await expect(harness.watch({ resumeToken }).next()).rejects.toMatchObject({ code: "INVALID_FIELD" });
    },
  );
});

describe("a slow watcher with LATEST", () => {
  it("gets the newest of each job, in order, and how many were merged into it", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch();
    await watch.snapshot();
    await harness.start("a");
    await harness.start("b");
    harness.runner.of("a").succeed();
    await harness.settle();
    const [b, a] = (await watch.take(2)) as ChangeMessage[];
    expect(b).toMatchObject({ status: { jobId: "b", state: "running" }, coalesced: 0 });
    expect(a).toMatchObject({
      status: { jobId: "a", state: "succeeded" },
      coalesced: 1,
      previousState: "stopped",
    });
  });

  it("shares its messages with those that are slow alike, and with no others", async () => {
    await using harness = await Harness.start({ types });
    await using slow = harness.watch();
    await using alike = harness.watch();
    await using fast = harness.watch();
    for (const watch of [slow, alike, fast]) await watch.snapshot();
    await harness.start("a");
    await fast.next();
    await using later = harness.watch({ skipSnapshot: true });
    await later.next();
    harness.runner.of("a").progress(1);
    await harness.settle();
    harness.runner.of("a").succeed();
    await harness.settle();
    const told = [
      await slow.next(),
      await alike.next(),
      await fast.next(),
      await later.next(),
    ] as ChangeMessage[];
    expect(told.map(({ coalesced }) => coalesced)).toEqual([2, 2, 1, 1]);
    expect(told[1]).toBe(told[0]);
    expect(told[3]).toBe(told[2]);
  });

  it("that the ring has overtaken gets a new snapshot, and is told", async () => {
    await using harness = await Harness.start({ types, ring: 3 });
    await using watch = harness.watch();
    await watch.snapshot();
    for (let round = 0; round < 3; round++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    expect((await watch.snapshot()).map(brief)).toEqual([
      "reset",
      "snapshot a succeeded",
      "snapshot b stopped",
      "snapshot-end",
    ]);
    await harness.start("b");
    expect(brief(await watch.next())).toBe("changed b running");
  });

  it("of a quiet job is not overtaken by what happens to others", async () => {
    await using harness = await Harness.start({ types, ring: 3 });
    await using watch = harness.watch({ jobIds: ["b"] });
    await watch.snapshot();
    const next = watch.next();
    await harness.settle();
    for (let round = 0; round < 3; round++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    await harness.start("b");
    expect(brief(await next)).toBe("changed b running");
  });
});

describe("a slow watcher with EVERY_TRANSITION", () => {
  it("gets all of them", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ delivery: "every-transition" });
    await watch.snapshot();
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect((await watch.take(2)).map(brief)).toEqual(["changed a running", "changed a succeeded"]);
  });

  it("may get progress merged", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ delivery: "every-transition" });
    await watch.snapshot();
    await harness.start("a");
    for (const percent of [10, 20]) {
      harness.runner.of("a").progress(percent);
      await harness.clock.advance(50);
    }
    expect(brief(await watch.next())).toBe("changed a running");
    expect(await watch.next()).toMatchObject({
      coalesced: 1,
      status: { currentRun: { progress: { current: 20 } } },
    });
  });

  it("is closed as too slow when the ring overtakes it, with a token to go on from", async () => {
    await using harness = await Harness.start({ types, ring: 4 });
    await using watch = harness.watch({ delivery: "every-transition" });
    const last = (await watch.snapshot()).at(-1);
    for (let round = 0; round < 3; round++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    const rest = await watch.rest();
    expect(rest.map(brief)).toEqual(["closing too-slow"]);
    expect(tokenOf(rest[0])).toBe(tokenOf(last));
  });
});

describe("the end of a watch", () => {
  it("comes with SNAPSHOT_END where that is what was asked for", async () => {
    await using harness = await Harness.start({ types });
    const messages = await harness.watch({ until: "snapshot-end" }).rest();
    expect(messages.map(brief)).toEqual([
      "snapshot a stopped",
      "snapshot b stopped",
      "snapshot-end",
      "closing until-met",
    ]);
  });

  it("comes when all watched jobs have settled", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const rest = harness.watch({ until: "all-settled" }).rest();
    await harness.settle();
    harness.runner.of("a").fail();
    expect((await rest).map(brief).slice(-2)).toEqual(["changed a failed", "closing until-met"]);
  });

  it("does not come before what its reader has missed, though all jobs have settled meanwhile", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await using first = harness.watch();
    const token = tokenOf((await first.snapshot()).at(-1));
    harness.runner.of("a").progress(1);
    await harness.settle();
    const second = harness.watch({ resumeToken: token, until: "all-settled" });
    await second.snapshot();
    harness.runner.of("a").succeed();
    await harness.settle();
    expect((await second.rest()).map(brief)).toEqual(["changed a succeeded", "closing until-met"]);
  });

  it("does not come before a job that is named exists and has settled", async () => {
    await using harness = await Harness.start({ types });
    const rest = harness.watch({ until: "all-settled", jobIds: ["a", "later"] }).rest();
    await harness.settle();
    await harness.start("later", { jobType: "a" });
    harness.runner.of("later").succeed();
    expect((await rest).map(brief).slice(-2)).toEqual(["changed later succeeded", "closing until-met"]);
  });

  it("comes with the end of the current run, though the job goes on", async () => {
    const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
    await using harness = await Harness.start({ types: [{ name: "a", schedule }] });
    await harness.start("a");
    const rest = harness.watch({ until: "current-run-done", jobIds: ["a"] }).rest();
    await harness.settle();
    harness.runner.of("a").succeed();
    expect((await rest).map(brief).slice(-2)).toEqual(["changed a scheduled", "closing until-met"]);
  });

  it("comes at once where no run is going on", async () => {
    await using harness = await Harness.start({ types });
    const messages = await harness.watch({ until: "current-run-done", jobIds: ["a"] }).rest();
    expect(messages.map(brief)).toEqual(["snapshot a stopped", "snapshot-end", "closing until-met"]);
  });

  it("comes with the end of the run at the token, though another is going on", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const token = await tokenNow(harness);
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    const messages = await harness
      .watch({ until: "current-run-done", jobIds: ["a"], resumeToken: token })
      .rest();
    expect(messages.map(brief).slice(-2)).toEqual(["snapshot-end", "closing until-met"]);
  });

  it("comes with the end of the run at the token, though another took its place at once", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const running = await tokenNow(harness);
    await harness.start("a", { conflictPolicy: "replace" });
    // From here on the end of the one and the beginning of the other are the next change.
    const stopping = await tokenNow(harness);
    harness.runner.of("a").fail("ABORTED");
    await harness.settle();
    for (const resumeToken of [running, stopping]) {
      const messages = await harness.watch({ until: "current-run-done", jobIds: ["a"], resumeToken }).rest();
      expect(messages.map(brief).slice(-2)).toEqual(["snapshot-end", "closing until-met"]);
    }
  });

  it("waits for the run at the token while that one goes on", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    const token = await tokenNow(harness);
    harness.runner.of("a").progress(1);
    await harness.settle();
    const rest = harness.watch({ until: "current-run-done", jobIds: ["a"], resumeToken: token }).rest();
    await harness.settle();
    harness.runner.of("a").succeed();
    expect((await rest).map(brief).slice(-2)).toEqual(["changed a succeeded", "closing until-met"]);
  });

  it("comes at once where no run was going on at the token", async () => {
    await using harness = await Harness.start({ types });
    const token = await tokenNow(harness);
    await harness.start("a");
    const messages = await harness
      .watch({ until: "current-run-done", jobIds: ["a"], resumeToken: token })
      .rest();
    expect(messages.map(brief).slice(-2)).toEqual(["snapshot-end", "closing until-met"]);
  });

  it("comes after so many changes as were asked for", async () => {
    await using harness = await Harness.start({ types });
    const rest = harness.watch({ maxChanges: 2, delivery: "every-transition" }).rest();
    await harness.settle();
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("b");
    expect((await rest).map(brief).slice(3)).toEqual([
      "changed a running",
      "changed a succeeded",
      "closing max-changes",
    ]);
  });

  it("comes when the server drains: the rest is told, then CLOSING, then DRAINING", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await using watch = harness.watch();
    await watch.snapshot();
    const drained = harness.core.drain({ timeoutMs: 5000 });
    await harness.settle();
    harness.runner.of("a").fail("ABORTED");
    await drained;
    expect(brief(await watch.next())).toBe("changed a lost");
    const closing = await watch.next();
    expect(closing).toMatchObject({
      kind: "closing",
      reason: "draining",
      reconnectAfterMs: expect.any(Number),
    });
    await expect(watch.next()).rejects.toMatchObject({ code: "DRAINING" });
  });
});

describe("a silent watch", () => {
  it("gives proof of life, with a token that covers all jobs", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ jobIds: ["b"] });
    const token = tokenOf((await watch.snapshot()).at(-1));
    const next = watch.next();
    await harness.settle();
    await harness.start("a");
    await harness.clock.advance(15_000);
    const bookmark = await next;
    expect(bookmark.kind).toBe("bookmark");
    expect(Number(tokenOf(bookmark).split(":")[1])).toBe(Number(token.split(":")[1]) + 1);
  });

  it("misses nothing that happens while its reader takes his time over it", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ delivery: "every-transition" });
    await watch.snapshot();
    const next = watch.next();
    await harness.clock.advance(15_000);
    expect((await next).kind).toBe("bookmark");
    await harness.start("a");
    await harness.start("b");
    expect((await watch.take(2)).map(brief)).toEqual(["changed a running", "changed b running"]);
  });

  it("is not overtaken by what happens to others while its reader takes his time over it", async () => {
    await using harness = await Harness.start({ types, ring: 3 });
    await using watch = harness.watch({ jobIds: ["b"] });
    await watch.snapshot();
    const next = watch.next();
    await harness.clock.advance(15_000);
    expect((await next).kind).toBe("bookmark");
    for (let round = 0; round < 3; round++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    await harness.start("b");
    expect(brief(await watch.next())).toBe("changed b running");
  });

  it("gives it as often as was asked for, counted from the last message", async () => {
    await using harness = await Harness.start({ types });
    await using watch = harness.watch({ bookmarkMs: 1000 });
    await watch.snapshot();
    const messages = watch.take(2);
    await harness.clock.advance(900);
    await harness.start("a");
    await harness.clock.advance(999);
    await harness.clock.advance(1);
    expect((await messages).map(brief)).toEqual(["changed a running", "bookmark"]);
  });
});

describe("a watch with a shortest interval", () => {
  it("holds progress back, and tells the newest once the interval has passed", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await using watch = harness.watch({ minIntervalMs: 1000 });
    await watch.snapshot();
    harness.runner.of("a").progress(1);
    expect(await watch.next()).toMatchObject({ status: { currentRun: { progress: { current: 1 } } } });
    const next = watch.next();
    for (const percent of [2, 3, 4]) {
      await harness.clock.advance(100);
      harness.runner.of("a").progress(percent);
    }
    await harness.clock.advance(600);
    await harness.clock.advance(100);
    expect(await next).toMatchObject({ status: { currentRun: { progress: { current: 4 } } } });
  });

  it("holds back nothing of what a watch had missed that resumes", async () => {
    await using harness = await Harness.start({ types });
    const end = (await harness.watch().snapshot()).at(-1);
    const resumeToken = end?.kind === "snapshot-end" ? end.resumeToken : "";
    await harness.start("a");
    harness.runner.of("a").progress(1);
    await harness.settle();
    const delivery = "every-transition";
    await using watch = harness.watch({ resumeToken, delivery, minIntervalMs: 60_000 });
    expect([brief(await watch.next()), brief(await watch.next()), brief(await watch.next())]).toEqual([
      "changed a running",
      "changed a running",
      "snapshot-end",
    ]);
  });

  it("never holds back a change of state", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("a");
    await using watch = harness.watch({ minIntervalMs: 60_000 });
    await watch.snapshot();
    harness.runner.of("a").progress(1);
    await watch.next();
    const next = watch.next();
    harness.runner.of("a").progress(2);
    await harness.clock.advance(50);
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(brief(await next)).toBe("changed a succeeded");
  });
});

describe("the number of watches", () => {
  it("is limited, and a watch that ends makes room", async () => {
    await using harness = await Harness.start({ types, maxWatchers: 1 });
    const first = harness.watch();
    await first.next();
    await expect(harness.watch().next()).rejects.toMatchObject({ code: "TOO_MANY_WATCHERS" });
    await first[Symbol.asyncDispose]();
    await using third = harness.watch();
    expect(brief(await third.next())).toBe("snapshot a stopped");
  });
});

describe("many watchers", () => {
  it("get one and the same message object, so that it is encoded once", async () => {
    await using harness = await Harness.start({ types });
    await using one = harness.watch();
    await using two = harness.watch({ jobIds: ["a"] });
    await one.snapshot();
    await two.snapshot();
    await harness.start("a");
    expect(await one.next()).toBe(await two.next());
  });
});
