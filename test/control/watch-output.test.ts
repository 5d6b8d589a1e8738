import { describe, expect, it } from "vitest";
import { Harness } from "./core-harness.ts";
import { running, types } from "./running.ts";
import { droppedIn } from "./written.ts";

describe("WatchOutput", () => {
  it("tells the lines that are there, whose they are and when they came, and ends", async () => {
    await using harness = await running("one");
    await harness.clock.advance(10);
    harness.runner.of("a").write("two");
    const { runId } = harness.runner.of("a").request;
    const line = { source: "stdout", runId };
    const timeMs = harness.clock.now();
    expect(await harness.output("a").rest()).toEqual([
      {
        dropped: 0,
        nextLine: 2,
        lines: [
          { ...line, timeMs: timeMs - 10, text: "one" },
          { ...line, timeMs, text: "two" },
        ],
      },
    ]);
  });

  it("tells what the last run wrote, where none is going on", async () => {
    await using harness = await running("one");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await harness.output("a").texts()).toEqual(["one"]);
    expect(await harness.output("a", { follow: true }).texts()).toEqual(["one"]);
  });

  it("tells the run that is going on, not those before it", async () => {
    await using harness = await running("old");
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    harness.runner.of("a").write("new");
    expect(await harness.output("a").texts()).toEqual(["new"]);
  });

  it("tells an earlier run that is asked for by its id", async () => {
    await using harness = await running("old");
    const { runId } = harness.runner.of("a").request;
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.start("a");
    harness.runner.of("a").write("new");
    expect(await harness.output("a", { runId }).texts()).toEqual(["old"]);
    expect(await harness.output("a", { runId, follow: true }).texts()).toEqual(["old"]);
  });

  it("tells nothing of a job that has not run, nor of a run that has not written", async () => {
    await using harness = await Harness.start({ types });
    expect(await harness.output("a").rest()).toEqual([]);
    await harness.start("a");
    const { runId } = harness.runner.of("a").request;
    expect(await harness.output("a").rest()).toEqual([]);
    expect(await harness.output("a", { runId }).rest()).toEqual([]);
  });

  it("keeps the jobs apart", async () => {
    await using harness = await running("of a");
    await harness.start("b");
    harness.runner.of("b").write("of b");
    expect(await harness.output("a").texts()).toEqual(["of a"]);
    expect(await harness.output("b").texts()).toEqual(["of b"]);
  });

  it("takes no token, and no turn in the channel", async () => {
    await using harness = await Harness.start({ types, rate: { rate: 0.001, burst: 1 } });
    await harness.start("a");
    harness.runner.of("a").write("one");
    expect(await harness.output("a").texts()).toEqual(["one"]);
  });
});

describe("WatchOutput: from_line", () => {
  it("goes on after the lines that were told, whatever was asked for at first", async () => {
    await using harness = await running("0", "1", "2");
    const [newest] = await harness.output("a", { tail: 1 }).rest();
    expect(newest).toMatchObject({ lines: [{ text: "2" }], nextLine: 3 });
    harness.runner.of("a").write("3", "4");
    const { runId } = harness.runner.of("a").request;
    const fromLine = newest?.nextLine;
    expect(await harness.output("a", { runId, fromLine, tail: 1 }).texts()).toEqual(["3", "4"]);
    const following = harness.output("a", { runId, fromLine: 4, follow: true });
    harness.runner.of("a").write("5");
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await following.texts()).toEqual(["4", "5"]);
  });

  it("goes on with what comes, where the line is one of a server before", async () => {
    await using harness = await running("0");
    expect(await harness.output("a", { fromLine: 100 }).texts()).toEqual([]);
    await using following = harness.output("a", { fromLine: 100, follow: true });
    const next = following.next();
    await harness.settle();
    harness.runner.of("a").write("1");
    expect(await next).toMatchObject({ lines: [{ text: "1" }], nextLine: 2 });
  });
});

describe("WatchOutput: tail", () => {
  it("begins with so many of the newest lines, and has dropped nothing", async () => {
    await using harness = await running("1", "2", "3");
    expect(await harness.output("a", { tail: 2 }).rest()).toMatchObject([
      { dropped: 0, lines: [{ text: "2" }, { text: "3" }] },
    ]);
    expect(await harness.output("a", { tail: 5 }).texts()).toEqual(["1", "2", "3"]);
    expect(await harness.output("a", { tail: 0 }).rest()).toEqual([]);
  });

  it("counts as dropped what it asked for and is gone", async () => {
    await using harness = await Harness.start({ types, output: { maxLines: 3 } });
    await harness.start("a");
    harness.runner.of("a").write("1", "2", "3", "4", "5");
    expect(droppedIn(await harness.output("a", { tail: 4 }).rest())).toBe(1);
    expect(droppedIn(await harness.output("a").rest())).toBe(2);
  });

  it("does not hold back what follows", async () => {
    await using harness = await running("old");
    const texts = harness.output("a", { tail: 0, follow: true }).texts();
    await harness.settle();
    harness.runner.of("a").write("new");
    harness.runner.of("a").succeed();
    await harness.clock.advance(5);
    expect(await texts).toEqual(["new"]);
  });
});

describe("WatchOutput without follow", () => {
  it("ends with the lines that were there when it began, however fast more are written", async () => {
    await using harness = await running("1", "2");
    await using output = harness.output("a");
    const first = await output.next();
    harness.runner.of("a").write("3");
    expect([first, ...(await output.rest())].flatMap(({ lines }) => lines.map(({ text }) => text))).toEqual([
      "1",
      "2",
    ]);
  });

  it("counts as dropped no more than was there when it began", async () => {
    await using harness = await Harness.start({ types, output: { maxLines: 300 } });
    await harness.start("a");
    const numbers = Array.from({ length: 300 }, (_, index) => `${index}`);
    harness.runner.of("a").write(...numbers);
    await using output = harness.output("a");
    const first = await output.next();
    expect(first.lines.length).toBeLessThan(300);
    harness.runner.of("a").write(...numbers);
    expect(await output.rest()).toEqual([{ lines: [], dropped: 300 - first.lines.length, nextLine: 300 }]);
  });
});

describe("WatchOutput: what is refused", () => {
  it.each([
    ["a job that there is not", "nobody", "", "JOB_NOT_FOUND", { jobId: "nobody" }],
    ["a run that there was not", "a", "r-1", "RUN_NOT_FOUND", { jobId: "a", runId: "r-1" }],
  ])("says so of %s, whether it follows or not", async (_name, jobId, runId, code, metadata) => {
    await using harness = await Harness.start({ types });
    for (const follow of [false, true]) {
      const refused = harness.output(jobId, { runId, follow }).rest();
      await expect(refused).rejects.toMatchObject({ code, refusal: { metadata } });
    }
  });

  it("does not know a run whose output has had to go", async () => {
    await using harness = await Harness.start({ types, output: { maxRuns: 2 } });
    for (let run = 0; run < 3; run++) {
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
    }
    const [first, second] = harness.runner.runs.map(({ request }) => request.runId);
    await expect(harness.output("a", { runId: first ?? "" }).rest()).rejects.toMatchObject({
      code: "RUN_NOT_FOUND",
    });
    expect(await harness.output("a", { runId: second ?? "" }).rest()).toEqual([]);
  });

  it("counts as a watch, and is refused where there are too many", async () => {
    await using harness = await Harness.start({ types, maxWatchers: 2 });
    await using watch = harness.watch();
    await watch.snapshot();
    const output = harness.output("a", { follow: true });
    const pending = output.rest();
    await harness.settle();
    expect(harness.admin.stats().watchers).toBe(2);
    const refused = { code: "TOO_MANY_WATCHERS" };
    await expect(harness.output("a").rest()).rejects.toMatchObject(refused);
    await expect(harness.watch().next()).rejects.toMatchObject(refused);
    await harness.start("a");
    harness.runner.of("a").succeed();
    await pending;
    expect(harness.admin.stats().watchers).toBe(1);
    expect(await harness.output("a").rest()).toEqual([]);
  });
});

describe("WatchOutput of a job that is removed", () => {
  it("drops what was kept, tells those who still read, and does not know the job any more", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a" });
    const numbers = Array.from({ length: 400 }, (_, index) => `${index}`);
    harness.runner.of("x").write(...numbers);
    harness.runner.of("x").succeed();
    await harness.settle();
    await using output = harness.output("x");
    const { lines } = await output.next();
    await harness.clock.advance(80_000);
    expect(await output.rest()).toEqual([{ lines: [], dropped: 400 - lines.length, nextLine: 400 }]);
    await expect(harness.output("x").rest()).rejects.toMatchObject({ code: "JOB_NOT_FOUND" });
  });

  it("shows nothing of it in a job that is made under its id", async () => {
    await using harness = await Harness.start({ types });
    await harness.start("x", { jobType: "a" });
    const { runId } = harness.runner.of("x").request;
    harness.runner.of("x").write("old");
    harness.runner.of("x").succeed();
    await harness.clock.advance(80_000);
    await harness.start("x", { jobType: "a" });
    harness.runner.of("x").write("new");
    expect(await harness.output("x").texts()).toEqual(["new"]);
    await expect(harness.output("x", { runId }).rest()).rejects.toMatchObject({ code: "RUN_NOT_FOUND" });
  });
});
