import { describe, expect, it } from "vitest";
import type { Reply } from "../../src/control/job-control.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { onceFailingStore } from "../engine/once-failing-store.ts";
import { Harness } from "./core-harness.ts";

const types = [{ name: "a" }, { name: "b" }, { name: "c" }];

/** What a caller was told: a reply, or the code of a refusal. */
interface Told {
  readonly kind: "start" | "stop";
  readonly jobId: string;
  readonly reply?: Reply;
  readonly code?: string;
}

async function tell(asked: Pick<Told, "kind" | "jobId">, call: Promise<Reply>): Promise<Told> {
  try {
    return { ...asked, reply: await call };
  } catch (error) {
    if (error instanceof JobControlError) return { ...asked, code: error.code };
    throw error;
  }
}

/** Starts, a Stop, repeated requests and runs that end, with time for what has to be tried again. */
async function play(harness: Harness): Promise<Told[]> {
  const told: Promise<Told>[] = [];
  const start = (jobId: string, over: Parameters<Harness["start"]>[1] = {}) =>
    told.push(tell({ kind: "start", jobId }, harness.start(jobId, over)));
  start("a", { requestId: "start-a", input: { n: 1 } });
  start("b", { requestId: "start-b", replyMode: "accepted" });
  await harness.clock.advance(1000);
  start("a", { requestId: "start-a", input: { n: 1 } });
  start("c");
  await harness.clock.advance(1000);
  for (const run of harness.runner.runs) run.progress(50);
  told.push(tell({ kind: "stop", jobId: "c" }, harness.stop("c", { requestId: "stop-c" })));
  await harness.clock.advance(1000);
  for (const run of harness.runner.runs) run.succeed();
  await harness.clock.advance(1000);
  start("b", { requestId: "start-b", replyMode: "accepted" });
  await harness.clock.advance(1000);
  return Promise.all(told);
}

describe("a store of which one call fails", () => {
  it("costs nobody more than that call, whichever it is: no lie, no loss, no second run", async () => {
    let failing = 0;
    for (let hasFailed = true; hasFailed; ) {
      const store = onceFailingStore({ call: ++failing, error: new Error("disk on fire") });
      const harness = new Harness({ types, store });
      const starting = harness.core.start().then(
        () => undefined,
        (error: unknown) => error,
      );
      await harness.clock.advance(1000);
      const refused = await starting;
      if (refused === undefined) {
        await assertTruthful(await play(harness), { harness, store });
      } else {
        expect(refused).toMatchObject({ code: "STORE_UNAVAILABLE" });
      }
      hasFailed = store.calls >= failing;
      await harness.core[Symbol.asyncDispose]();
      expect(harness.clock.pendingTimers).toBe(0);
    }
    expect(failing).toBeGreaterThan(20);
  });
});

interface Played {
  readonly harness: Harness;
  readonly store: ReturnType<typeof onceFailingStore>;
}

async function assertTruthful(told: readonly Told[], { harness, store }: Played): Promise<void> {
  const { jobs, pending, revision } = await store.load();
  const stored = new Map(jobs.map(({ status }) => [status.jobId, status]));
  expect(told.filter(({ code }) => code !== undefined).length).toBeLessThanOrEqual(2);
  for (const { jobId, reply, code } of told) {
    if (code !== undefined) expect(code).toBe("STORE_UNAVAILABLE");
    else expect(stored.get(jobId)?.revision).toBeGreaterThanOrEqual(reply?.status?.revision ?? 0);
  }
  expect(pending).toEqual([]);
  expect(harness.list().jobs.map((status) => [status.jobId, status.revision])).toEqual(
    [...stored].map(([jobId, status]) => [jobId, status.revision]).sort(),
  );
  expect(Math.max(...[...stored.values()].map((status) => status.revision))).toBe(revision);
  for (const [jobId, { executionCount }] of stored) {
    const isStarted = told.some((each) => each.kind === "start" && each.jobId === jobId && each.reply);
    const runs = harness.runner.runs.filter(({ request }) => request.jobId === jobId);
    expect(runs).toHaveLength(isStarted ? 1 : 0);
    expect(executionCount).toBe(runs.length);
  }
}
