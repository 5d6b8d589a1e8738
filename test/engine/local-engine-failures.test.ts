import { afterEach, describe, expect, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { JobControlError } from "../../src/job/errors.ts";
import { createJob, type Job } from "../../src/job/job.ts";
import { type BenchOptions, EngineBench, fateOf } from "../../src/testing/engine-bench.ts";
import type { EngineOptions } from "../../src/testing/engine-under-test.ts";
import { type Failures, onceFailingStore } from "./once-failing-store.ts";

const opened: EngineBench[] = [];

async function setup(failures: Failures, options?: BenchOptions): Promise<EngineBench> {
  const store = onceFailingStore(failures);
  const createEngine = (options: EngineOptions) => createLocalEngine({ ...options, store });
  const bench = await EngineBench.open({ createEngine }, options);
  opened.push(bench);
  return bench;
}

afterEach(async () => {
  for (const bench of opened.splice(0)) {
    await bench[Symbol.asyncDispose]();
    bench.assertNothingLeft();
  }
});

/** One commit of two commands, two changes and a run, from a revision on. */
async function commitRound(bench: EngineBench, { name, revision }: { name: string; revision: number }) {
  const requests = [`${name}-1`, `${name}-2`];
  const fates = requests.map((requestId) => fateOf(bench.engine.submit(bench.start({ requestId }))));
  const decisions = (await bench.drain()).map((delivery) => bench.decision(delivery));
  const jobs = [1, 2].map((offset) => jobAt(revision + offset));
  const changes = jobs.map(({ status }) => ({
    revision: status.revision,
    kind: "changed" as const,
    status,
    progressOnly: false,
  }));
  const run = { runId: name, state: "succeeded", attempt: 1, maxAttempts: 1, startTimeMs: 0 } as const;
  const error = await (await bench.lease)
    .commit({
      changes,
      jobs: new Map([["job", jobAt(revision + 2)]]),
      runs: [{ jobId: "job", run }],
      circuits: new Map(),
      decisions,
    })
    .then(
      () => undefined,
      (reason: unknown) => reason,
    );
  return { requests, fates: await Promise.all(fates), error };
}

function jobAt(revision: number): Job {
  const job = createJob({ jobId: "job", jobType: "job", uid: "uid", nowMs: 0 });
  return { ...job, status: { ...job.status, revision } };
}

/** Everything that the engine shows of the commits. */
async function visible(bench: EngineBench, revision: number) {
  const revisions: number[] = [];
  if (revision > 0) {
    for await (const change of bench.engine.changes(0)) {
      revisions.push(change.revision);
      if (change.revision === revision) break;
    }
  }
  const { runs } = await bench.engine.runs("job", { size: 100 });
  return { revisions, runs: runs.map(({ runId }) => runId) };
}

const rounds = 3;

describe("LocalEngine.commit()", () => {
  it.each([1, 2, 3, 4])(
    "is all or nothing where number %i fails, and the next one works",
    async (failing) => {
      const bench = await setup({ commit: failing, error: new Error("disk on fire") });
      let revision = 0;
      const kept: string[] = [];
      for (let round = 1; round <= rounds; round++) {
        const name = `run-${round}`;
        const { requests, fates, error } = await commitRound(bench, { name, revision });
        const receipts = await Promise.all(requests.map((requestId) => bench.engine.receipt({ requestId })));
        if (round === failing) {
          expect(error).toMatchObject({ code: "STORE_UNAVAILABLE" });
          expect(String(error)).not.toContain("fire");
          expect(fates).toEqual(Array(2).fill("rejected STORE_UNAVAILABLE"));
          expect(receipts).toEqual([undefined, undefined]);
        } else {
          expect(error).toBeUndefined();
          expect(fates).toEqual(["applied", "applied"]);
          expect(receipts).toMatchObject([{ outcome: "applied" }, { outcome: "applied" }]);
          revision += 2;
          kept.unshift(name);
        }
        expect(await visible(bench, revision)).toEqual({
          revisions: Array.from({ length: revision }, (_, index) => index + 1),
          runs: kept,
        });
      }
      expect(kept).toHaveLength(failing <= rounds ? rounds - 1 : rounds);
    },
  );

  it("tells nobody of changes that were not committed", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    let told = false;
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const first = reader.next().then(({ value }) => {
      told = true;
      return value;
    });
    await commitRound(bench, { name: "lost", revision: 0 });
    await bench.settle();
    expect(told).toBe(false);
    await commitRound(bench, { name: "kept", revision: 0 });
    expect(await first).toMatchObject({ revision: 1 });
    await reader.return?.();
  });

  it("passes on what the store itself says", async () => {
    const error = new JobControlError({ code: "STORE_FULL", message: "Disk is full" });
    const bench = await setup({ commit: 1, error });
    const round = await commitRound(bench, { name: "full", revision: 0 });
    expect(round.error).toMatchObject({ code: "STORE_FULL", message: "Disk is full" });
    expect(round.fates).toEqual(Array(2).fill("rejected STORE_FULL"));
  });

  it("tells all whom it concerns, though its leader fails as it hears that it is written", async () => {
    const bench = await setup({ error: new Error("never") });
    const fate = fateOf(bench.engine.submit(bench.start()));
    const batch = bench.batch(await bench.drain(), 1);
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const change = reader.next();
    const onWritten = () => {
      throw new Error("a fault of the leader's");
    };
    await expect((await bench.lease).commit(batch, { onWritten })).rejects.toThrow("a fault of the leader's");
    await bench.stopLeading();
    expect(await fate).toBe("applied");
    expect((await change).value).toMatchObject({ revision: 1 });
    await reader.return?.();
  });

  it("frees the request ids of what it could not write", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    await commitRound(bench, { name: "again", revision: 0 });
    const retry = await commitRound(bench, { name: "again", revision: 0 });
    expect(retry.fates).toEqual(["applied", "applied"]);
  });

  it("does not ask the store where there was nothing but reads", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    const fate = fateOf(bench.engine.submit(bench.read()));
    await bench.applyAll();
    expect(await fate).toBe("applied");
  });

  it("gives no read back whose caller has gone meanwhile: it has been cancelled, and that is all", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    const caller = bench.caller();
    const fate = fateOf(bench.engine.submit(bench.read(), caller));
    void bench.engine.submit(bench.start());
    const commit = bench.commit(await bench.drain());
    caller.abort();
    await expect(commit).rejects.toThrow();
    expect(await fate).toBe("cancelled COMMAND_CANCELLED");
    expect((await bench.queue()).tryRead()).toBeUndefined();
    expect(bench.engine.stats().outcomes).toMatchObject({ cancelled: 1, applied: 0 });
  });
});

describe("callers of a batch that is so large that they are told in several turns of the event loop", () => {
  const count = 40;

  /** That many Starts, taken, in a batch with a change. */
  async function taken(bench: EngineBench, over: Parameters<EngineBench["start"]>[0]) {
    const starts = Array.from({ length: count }, (_, at) => bench.start({ ...over, jobId: `job-${at}` }));
    const fates = starts.map((start) => fateOf(bench.engine.submit(start)));
    return { fates, last: starts.at(-1)?.commandId ?? "", batch: bench.batch(await bench.drain(), 1) };
  }

  it.each([
    { replyMode: "applied", failing: 2 },
    // Each of them is written when it is accepted.
    { replyMode: "accepted", failing: count + 2 },
  ] as const)(
    "hear that they were $replyMode and committed, though the next commit fails and its leader ends before they are told",
    async ({ replyMode, failing }) => {
      const bench = await setup({ commit: failing, error: new Error("no") }, { capacity: count });
      const { commit } = await bench.lease;
      const { fates, batch } = await taken(bench, { replyMode });
      const next = Promise.withResolvers<unknown>();
      const onWritten = () => next.resolve(commit(bench.batch([], 1)).catch((error: unknown) => error));
      void commit(batch, { onWritten });
      expect(await next.promise).toMatchObject({ code: "STORE_UNAVAILABLE" });
      await bench.stopLeading();
      // None of them is there to be applied again.
      expect(bench.waiting).toEqual({ depth: 0, writers: 0 });
      expect(await Promise.all(fates)).toEqual(Array(count).fill("applied"));
    },
  );

  it("have their receipts by the time that anybody is told of what they changed", async () => {
    const bench = await setup({ error: new Error("never") }, { capacity: count });
    const { fates, last, batch } = await taken(bench, {});
    const reader = bench.engine.changes(0)[Symbol.asyncIterator]();
    const change = reader.next();
    const committed = (await bench.lease).commit(batch);
    await change;
    expect(await bench.engine.receipt({ commandId: last })).toMatchObject({ outcome: "applied" });
    expect(bench.engine.stats().outcomes).toMatchObject({ applied: count });
    await reader.return?.();
    await committed;
    expect(await Promise.all(fates)).toEqual(Array(count).fill("applied"));
  });
});

describe("LocalEngine.submit()", () => {
  it("refuses a command where the store cannot tell whether it was answered, and frees its request id", async () => {
    const bench = await setup({ receipt: 1, error: new Error("disk on fire") });
    const submit = () => bench.engine.submit(bench.start({ requestId: "r" }), bench.caller());
    const fates = [fateOf(submit()), fateOf(submit())];
    expect(await Promise.all(fates)).toEqual(Array(2).fill("refused STORE_UNAVAILABLE"));
    expect(bench.waiting).toEqual({ depth: 0, writers: 0 });
    const retry = fateOf(submit());
    await bench.applyAll();
    expect(await retry).toBe("applied");
  });

  it("says STORE_UNAVAILABLE of what the store cannot read", async () => {
    const bench = await setup({ call: 1, error: new Error("secret path") });
    await expect(bench.engine.runs("job", { size: 1 })).rejects.toMatchObject({
      code: "STORE_UNAVAILABLE",
      message: "Store cannot be read",
    });
    expect(await bench.engine.receipt({ commandId: "unknown" })).toBeUndefined();
  });
});

describe("a command that is accepted for good", () => {
  const forGood = { replyMode: "accepted", requestId: "r" } as const;

  it("is written when it is accepted; one whose caller waits for the effect costs no write of its own", async () => {
    const store = onceFailingStore({ error: new Error("never") });
    const createEngine = (options: EngineOptions) => createLocalEngine({ ...options, store });
    const bench = await EngineBench.open({ createEngine });
    opened.push(bench);
    void bench.engine.submit(bench.start());
    await bench.settle();
    expect(store.calls).toBe(0);
    await bench.engine.submit(bench.start({ replyMode: "accepted" }));
    expect(store.calls).toBe(1);
    await bench.applyAll();
  });

  it("is refused where the store cannot keep it, and leaves its lane", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    expect(await fateOf(bench.engine.submit(bench.start(forGood)))).toBe("refused STORE_UNAVAILABLE");
    expect(bench.waiting).toEqual({ depth: 0, writers: 0 });
    const retry = await bench.engine.submit(bench.start(forGood));
    expect(retry).toMatchObject({ replayed: false, receipt: { outcome: "accepted" } });
    await bench.applyAll();
  });

  it("hears of its commit, where it was taken before the store could fail to keep it", async () => {
    const bench = await setup({ commit: 1, error: new Error("no") });
    const queue = await bench.queue();
    const fate = fateOf(bench.engine.submit(bench.start({ replyMode: "accepted" })));
    const taken = queue.tryRead();
    await bench.settle();
    await bench.commit(taken === undefined ? [] : [taken]);
    expect(await fate).toBe("applied");
  });

  it("is set aside where it could not be committed, and is told of no failure", async () => {
    const bench = await setup({ commit: 2, error: new Error("no") });
    const ticket = await bench.engine.submit(bench.start(forGood));
    const [taken] = await bench.drain();
    const later = fateOf(bench.engine.submit(bench.start()));
    await expect(bench.commit(taken === undefined ? [] : [taken])).rejects.toThrow("not applied");
    expect(await bench.engine.receipt({ requestId: "r" })).toMatchObject({ outcome: "accepted" });
    expect(bench.waiting).toEqual({ depth: 1, writers: 0 });
    const again = (await bench.queue()).tryReadAside(() => true);
    expect(again).toBe(taken);
    await bench.commit(again === undefined ? [] : [again, ...(await bench.drain())]);
    expect((await ticket.settled()).receipt.outcome).toBe("applied");
    expect(await later).toBe("applied");
  });

  it("goes back to its lane where the leader that took it has ended", async () => {
    const bench = await setup({ error: new Error("never") });
    await bench.engine.submit(bench.start(forGood));
    await bench.drain();
    await bench.stopLeading();
    expect(bench.waiting).toEqual({ depth: 1, writers: 0 });
    await bench.engine.lead(0, async ({ commands, commit }) => {
      const taken = commands.tryRead();
      await commit(bench.batch(taken === undefined ? [] : [taken]));
    });
    expect(await bench.engine.receipt({ requestId: "r" })).toMatchObject({ outcome: "applied" });
  });

  it("is evicted only once the store knows", async () => {
    const bench = await setup(
      { commit: 2, error: new Error("no") },
      { capacity: 1, fullMode: "drop-oldest" },
    );
    const ticket = await bench.engine.submit(bench.start(forGood));
    let fate = "";
    void ticket.settled().then(({ receipt }) => (fate = receipt.outcome));
    const other = fateOf(bench.engine.submit(bench.start()));
    await bench.settle();
    expect(fate).toBe("");
    expect(await bench.engine.receipt({ requestId: "r" })).toMatchObject({ outcome: "accepted" });
    await bench.applyAll();
    expect(await other).toBe("applied");
    await bench.settle();
    expect(fate).toBe("evicted");
    expect(await bench.engine.receipt({ requestId: "r" })).toMatchObject({ outcome: "evicted" });
  });

  it("stays accepted where the store cannot even write that it was drained", async () => {
    const bench = await setup({ commit: 2, error: new Error("no") });
    const ticket = await bench.engine.submit(bench.start(forGood));
    await bench[Symbol.asyncDispose]();
    expect((await ticket.settled()).receipt.outcome).toBe("accepted");
  });

  it("is evicted at once where the store could not even keep that it was accepted", async () => {
    const bench = await setup(
      { commit: 1, error: new Error("no") },
      { capacity: 1, fullMode: "drop-oldest" },
    );
    const [first, second] = [1, 2].map(() =>
      fateOf(bench.engine.submit(bench.start({ replyMode: "accepted" }))),
    );
    await bench.settle();
    expect(await first).toBe("refused COMMAND_EVICTED");
    await bench.applyAll();
    expect(await second).toBe("applied");
  });
});

describe("requests with an id", () => {
  it("are bounded while it is looked whether they were answered before; what is beyond is refused", async () => {
    const asked = Promise.withResolvers<undefined>();
    const store = createMemoryStore();
    store.receipt = () => asked.promise;
    const createEngine = (options: EngineOptions) => createLocalEngine({ ...options, store });
    const bench = await EngineBench.open({ createEngine }, { capacity: 4, maxWaiters: 2 });
    opened.push(bench);
    const submit = (requestId: string) => fateOf(bench.engine.submit(bench.start({ requestId })));
    const fates = Array.from({ length: 1002 }, (_, at) => submit(`r${at}`));
    expect(await submit("one more")).toBe("refused CHANNEL_FULL");
    asked.resolve(undefined);
    await bench.settle();
    expect(bench.waiting).toEqual({ depth: 4, writers: 2 });
    await bench.commit(await bench.drain());
    const told = await Promise.all(fates);
    expect(told.filter((fate) => fate === "applied")).toHaveLength(6);
    expect(told.filter((fate) => fate === "refused CHANNEL_FULL")).toHaveLength(996);
  });

  it("of one lane do not keep out those of another: a Stop is heard however many Starts there are", async () => {
    const asked = Promise.withResolvers<undefined>();
    const store = createMemoryStore();
    store.receipt = () => asked.promise;
    const createEngine = (options: EngineOptions) => createLocalEngine({ ...options, store });
    const bench = await EngineBench.open({ createEngine }, { capacity: 4, maxWaiters: 2 });
    opened.push(bench);
    const flood = Array.from({ length: 1003 }, (_, at) =>
      fateOf(bench.engine.submit(bench.start({ requestId: `r${at}`, priority: "low" }))),
    );
    const stop = fateOf(bench.engine.submit(bench.stop({ requestId: "urgent" })));
    expect(await flood.at(-1)).toBe("refused CHANNEL_FULL");
    asked.resolve(undefined);
    await bench.settle();
    await bench.commit(await bench.drain());
    expect(await stop).toBe("applied");
    // Those that it has looked for make room.
    const again = fateOf(bench.engine.submit(bench.start({ requestId: "again", priority: "low" })));
    await bench.settle();
    await bench.commit(await bench.drain());
    expect(await again).toBe("applied");
  });
});
