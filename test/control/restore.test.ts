import { describe, expect, it } from "vitest";
import { nextTurn } from "../../src/async/next-turn.ts";
import { emptyBatch } from "../../src/engine/local/job-store.ts";
import { createJob, type Job } from "../../src/job/job.ts";
import type { JobStatus } from "../../src/job/job-status.ts";
import type { JobType } from "../../src/job/job-type.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { Harness } from "./core-harness.ts";
import { diskFull, FailingStore } from "./failing-store.ts";

const jobCount = 1000;
const startMs = new FakeClock().now();

/** Goes on while there is something to do: a little whenever somebody reads it, or looks at a job. */
class WorkClock extends FakeClock {
  #workMs = 0;

  works(): void {
    this.#workMs += 0.01;
  }

  override now(): number {
    this.works();
    return super.now();
  }

  override monotonic(): number {
    return super.monotonic() + this.#workMs;
  }
}

/** A store with what a server has left behind: many jobs, in no order. */
async function leftBehind(clock: WorkClock, over: Partial<JobStatus>): Promise<FailingStore> {
  const jobs = Array.from({ length: jobCount }, (_, index): Job => {
    const jobId = `job-${(index * 7919) % jobCount}`;
    const job = createJob({ jobId, jobType: "t", uid: jobId, nowMs: startMs });
    const status = { ...job.status, ...over, revision: index + 1 };
    return {
      ...job,
      followsType: false,
      get status() {
        clock.works();
        return status;
      },
    };
  });
  const changes = jobs.map(({ status }) => {
    const { revision } = status;
    return { revision, kind: "changed" as const, status, progressOnly: false };
  });
  const store = new FailingStore();
  await store.commit({
    ...emptyBatch,
    changes,
    jobs: new Map(jobs.map((job) => [job.status.jobId, job])),
  });
  store.batches.pop();
  return store;
}

const stopped: Partial<JobStatus> = { state: "stopped" };
const running: Partial<JobStatus> = {
  state: "running",
  desiredState: "running",
  currentRun: { runId: "run", attempt: 1, maxAttempts: 1, state: "running", startTimeMs: 0 },
};
const schedule = { kind: "interval", intervalMs: 3_600_000, overlap: "skip", catchUpMs: 0 } as const;
const waiting = { state: "scheduled", desiredState: "running", schedule } as const;
const scheduled: Partial<JobStatus> = { ...waiting, nextRunTimeMs: startMs + 1_800_000 };
const overdue: Partial<JobStatus> = { ...waiting, nextRunTimeMs: startMs - 1_800_000 };

async function setup(over: Partial<JobStatus>, type: Partial<JobType> = {}) {
  const clock = new WorkClock();
  const store = await leftBehind(clock, over);
  const journal = {
    runLost: () => clock.works(),
    runForced: () => {},
    circuitChanged: () => {},
  };
  const types = [{ name: "t", template: true, ...type }];
  const harness = new Harness({ clock, store, journal, types, maxJobs: jobCount });
  return { clock, store, harness };
}

/** Calls `look` in every turn of the event loop until `ended`. */
async function inEveryTurn(ended: Promise<unknown>, look: () => void): Promise<void> {
  let goesOn = true;
  const end = () => {
    goesOn = false;
  };
  ended.then(end, end);
  while (goesOn) {
    look();
    await nextTurn();
  }
}

/** What a list shows: how many jobs, and in which states. */
function shown(harness: Harness): string {
  const { jobs } = harness.list();
  return [jobs.length, ...new Set(jobs.map(({ state }) => state))].join(" ");
}

describe("a core that takes over many jobs", () => {
  it.each([
    ["at rest", stopped],
    ["whose runs were lost", running],
    ["that wait for their next run", scheduled],
    ["whose next run should have been meanwhile", overdue],
  ])("leaves all else its turns of the event loop: jobs %s", async (_, over) => {
    const { clock, harness } = await setup(over);
    await using _harness = harness;
    let lastMs = clock.monotonic();
    let longestMs = 0;
    const started = harness.core.start();
    await inEveryTurn(started, () => {
      const nowMs = clock.monotonic();
      longestMs = Math.max(longestMs, nowMs - lastMs);
      lastMs = nowMs;
    });
    await started;
    expect(longestMs).toBeLessThan(4);
    expect(shown(harness)).toMatch(/^1000 /);
  });

  it("shows nothing before it has all of them, and then what became of them", async () => {
    const { harness } = await setup(running);
    await using _harness = harness;
    const states = new Set<string>();
    const loads = new Set<number | undefined>();
    const started = harness.core.start();
    await inEveryTurn(started, () => {
      states.add(shown(harness));
      loads.add(harness.admin.stats().types[0]?.running);
    });
    await started;
    states.add(shown(harness));
    const [before, ...after] = states;
    expect(before).toBe("0");
    expect(after.filter((state) => !state.startsWith("1000"))).toEqual([]);
    expect(after.at(-1)).toBe("1000 lost");
    expect([...loads]).toEqual([0]);
  });

  it("commits what follows from the restart as one batch, and answers nobody before it is carried out", async () => {
    const { store, harness } = await setup(running);
    await using _harness = harness;
    const early = harness.status("job-1");
    await harness.core.start();
    expect(await early).toMatchObject({ state: "lost" });
    expect(store.batches.map(({ changes, runs }) => [changes.length, runs.length])).toEqual([
      [jobCount, jobCount],
    ]);
  });

  it("decides anew where that could not be committed, in turns, too", async () => {
    const { clock, store, harness } = await setup(running);
    await using _harness = harness;
    store.error = diskFull;
    const started = harness.core.start();
    await harness.settle();
    store.error = undefined;
    let turns = 0;
    const advanced = clock.advance(500);
    await inEveryTurn(started, () => turns++);
    await Promise.all([started, advanced]);
    expect(turns).toBeGreaterThan(10);
    expect(shown(harness)).toBe("1000 lost");
    expect(store.batches).toHaveLength(1);
  });

  it("begins where nothing follows any more by the time that it could be committed", async () => {
    const { clock, store, harness } = await setup(overdue);
    await using _harness = harness;
    store.error = diskFull;
    const started = harness.core.start();
    await harness.settle();
    store.error = undefined;
    clock.jump(-3_600_000);
    await clock.advance(500);
    await started;
    expect(store.batches).toEqual([]);
    expect(shown(harness)).toBe("1000 scheduled");
  });

  it("begins no more of the runs that it restarts once it is disposed of", async () => {
    const { clock, harness } = await setup(running, { onLost: "restart" });
    const { runner, core } = harness;
    const start = runner.start.bind(runner);
    runner.start = (request, observer) => {
      clock.works();
      return start(request, observer);
    };
    const ended = core.start().catch(() => {});
    while (runner.runs.length === 0) await nextTurn();
    const begun = runner.runs.length;
    await harness[Symbol.asyncDispose]();
    await ended;
    expect(begun).toBeLessThan(jobCount);
    expect(runner.runs).toHaveLength(begun);
    expect(clock.pendingTimers).toBe(0);
  });

  it("can be disposed of at any moment of it", async () => {
    let turns = 0;
    for (let hasStarted = false; !hasStarted; turns += 7) {
      const { clock, store, harness } = await setup(scheduled);
      const outcome = harness.core.start().then(
        () => "started",
        ({ name }: Error) => name,
      );
      for (let turn = 0; turn < turns; turn++) await nextTurn();
      const isShown = shown(harness) !== "0";
      await harness[Symbol.asyncDispose]();
      hasStarted = (await outcome) === "started";
      expect(isShown).toBe(hasStarted);
      expect(store.batches).toHaveLength(0);
      expect(clock.pendingTimers).toBe(0);
    }
    expect(turns).toBeGreaterThan(50);
  });
});
