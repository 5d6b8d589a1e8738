import { describe, expect, it } from "vitest";
import type { JobStore, StoredBatch } from "../../src/engine/local/job-store.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { Harness } from "./core-harness.ts";

const schedule = { kind: "interval", intervalMs: 3_600_000, overlap: "skip", catchUpMs: 0 } as const;
const accepted = { replyMode: "accepted" } as const;

/** Tells of all that it has written in one go, as a store does that groups its commits. */
class GroupingStore {
  readonly #inner = createMemoryStore();
  readonly store: JobStore = {
    durability: this.#inner.durability,
    load: (options) => this.#inner.load(options),
    commit: (batch) => this.#commit(batch),
    history: (after, limit) => this.#inner.history(after, limit),
    runs: (jobId, page) => this.#inner.runs(jobId, page),
    receipt: (id) => this.#inner.receipt(id),
    [Symbol.asyncDispose]: () => this.#inner[Symbol.asyncDispose](),
  };
  #told: PromiseWithResolvers<void> | undefined;

  /** From now on it tells nobody, until `tell`. */
  hold(): void {
    this.#told = Promise.withResolvers();
  }

  tell(): void {
    this.#told?.resolve();
    this.#told = undefined;
  }

  async #commit(batch: StoredBatch): Promise<void> {
    await this.#inner.commit(batch);
    await this.#told?.promise;
  }
}

describe("the answer to a command that is answered once it is queued", () => {
  it("tells the job as it is, and nothing of what is to come", async () => {
    await using harness = await Harness.start({ rate: { rate: 1, burst: 1 } });
    await harness.status("job");
    const reply = await harness.start("job", accepted);
    expect(reply).toMatchObject({ receipt: { outcome: "accepted" }, started: false });
    expect(reply.status?.state).toBe("stopped");
  });

  it("is that of the applied command where it has been applied by then, and shown to everybody", async () => {
    const grouping = new GroupingStore();
    await using harness = await Harness.start({ store: grouping.store });
    grouping.hold();
    const starting = harness.start("job", accepted);
    await harness.settle();
    grouping.tell();
    const reply = await starting;
    expect(reply).toMatchObject({ receipt: { outcome: "applied" }, started: true });
    expect(reply.status).toMatchObject({ state: "running", executionCount: 1 });
    expect(await harness.status("job", { consistency: "snapshot" })).toEqual(reply.status);
  });

  it("is so again where the request is repeated after it was applied", async () => {
    await using harness = await Harness.start({
      types: [{ name: "a", schedule }],
      rate: { rate: 1, burst: 2 },
    });
    await harness.start("a");
    harness.runner.of("a").succeed();
    await harness.settle();
    await harness.status("a");
    const trigger = () => harness.trigger("a", { requestId: "r", ...accepted });
    expect(await trigger()).toMatchObject({ receipt: { outcome: "accepted" }, runId: "", replayed: false });
    await harness.clock.advance(1000);
    const { runId } = harness.runner.of("a").request;
    const applied = { receipt: { outcome: "applied" }, runId, status: { currentRun: { runId } } };
    expect(await trigger()).toMatchObject({ ...applied, replayed: true });
    harness.runner.of("a").succeed();
    await harness.settle();
    expect(await trigger()).toMatchObject({ ...applied, status: { state: "running" } });
  });

  it("is OK, and tells the job as it is, where the command has been refused by then", async () => {
    await using harness = await Harness.start({ rate: { rate: 1, burst: 2 } });
    const pause = () => harness.pause("job", { requestId: "r", ...accepted });
    await harness.status("job");
    await harness.status("job");
    expect(await pause()).toMatchObject({ receipt: { outcome: "accepted" } });
    await harness.clock.advance(1000);
    const reply = await pause();
    expect(reply).toMatchObject({ receipt: { outcome: "rejected" }, replayed: true });
    expect(reply.status?.state).toBe("stopped");
  });
});
