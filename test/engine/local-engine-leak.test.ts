/** What is over leaves nothing in memory: commands that were refused or given up, waits and iterations that ended. */
import { afterEach, describe, expect, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { EngineBench, fateOf } from "../../src/testing/engine-bench.ts";
import { collectGarbage } from "../collect-garbage.ts";

/** What is kept on purpose must not hide what should be forgotten. */
const fewReceipts = { receipts: 10, refusals: 10 };

const opened: EngineBench[] = [];

async function setup(): Promise<EngineBench> {
  const bench = await EngineBench.open(
    { createEngine: (options) => createLocalEngine({ ...options, store: createMemoryStore(fewReceipts) }) },
    { capacity: 1, maxWaiters: 0 },
  );
  opened.push(bench);
  return bench;
}

afterEach(async () => {
  for (const bench of opened.splice(0)) await bench[Symbol.asyncDispose]();
});

async function heapUsed(bench: EngineBench): Promise<number> {
  await bench.settle();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

interface Repeated {
  readonly times: number;
  readonly work: () => Promise<unknown>;
}

/** How much more memory is in use after so many times the work than before it. */
async function growth(bench: EngineBench, { times, work }: Repeated): Promise<number> {
  for (let count = 0; count < times / 10; count++) await work();
  const before = await heapUsed(bench);
  for (let count = 0; count < times; count++) await work();
  return (await heapUsed(bench)) - before;
}

/** In bytes. Measured: up to 0.4 MB where all is forgotten, from 2.8 MB on where one thing is not. */
const noise = 1_000_000;

/** A command that is not forgotten takes about 1 KiB, a wait about 70 bytes. */
const commands = 5_000;
const waits = 40_000;

describe("LocalEngine.submit()", () => {
  it("forgets a Start whose caller went away", async () => {
    const bench = await setup();
    let jobs = 0;
    const work = async () => {
      const abort = new AbortController();
      const fate = fateOf(bench.engine.submit(bench.start({ jobId: `job-${++jobs}` }), abort));
      abort.abort();
      expect(await fate).toBe("cancelled COMMAND_CANCELLED");
    };
    expect(await growth(bench, { times: commands, work })).toBeLessThan(noise);
  });

  it("forgets a Start, and its request id, for which there was no room", async () => {
    const bench = await setup();
    await bench.engine.submit(bench.read());
    let requests = 0;
    const work = async () => {
      const name = `request-${++requests}`;
      const fate = await fateOf(bench.engine.submit(bench.start({ jobId: name, requestId: name })));
      expect(fate).toBe("refused CHANNEL_FULL");
    };
    expect(await growth(bench, { times: commands, work })).toBeLessThan(noise);
  });

  it("forgets a command that was applied, where it leaves no receipt", async () => {
    const bench = await setup();
    const work = async () => {
      const fate = fateOf(bench.engine.submit(bench.read()));
      const delivery = (await bench.queue()).tryRead();
      await bench.commit(delivery === undefined ? [] : [delivery]);
      expect(await fate).toBe("applied");
    };
    expect(await growth(bench, { times: commands, work })).toBeLessThan(noise);
  });
});

describe("LocalEngine.changes()", () => {
  it("forgets a reader whose signal fired", async () => {
    const bench = await setup();
    const work = async () => {
      const abort = new AbortController();
      const reader = bench.engine.changes(0, abort)[Symbol.asyncIterator]();
      const next = reader.next();
      abort.abort();
      expect((await next).done).toBe(true);
    };
    expect(await growth(bench, { times: waits, work })).toBeLessThan(noise);
  });
});

describe("CommandQueue.waitToRead()", () => {
  it("forgets a wait whose signal fired", async () => {
    const bench = await setup();
    const queue = await bench.queue();
    const work = async () => {
      const abort = new AbortController();
      const waiting = queue.waitToRead(abort).catch((reason: unknown) => reason);
      abort.abort("enough");
      expect(await waiting).toBe("enough");
    };
    expect(await growth(bench, { times: waits, work })).toBeLessThan(noise);
  });
});
