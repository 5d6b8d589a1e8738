/** What is over leaves nothing in memory: abandoned waits, items that were read, and bursts. */
import { describe, expect, it } from "vitest";
import { type Channel, createBounded, createUnbounded } from "../../src/channel/index.ts";
import { collectGarbage } from "../collect-garbage.ts";
import { abortListeners, turn } from "./pending.ts";

async function heapUsed(): Promise<number> {
  await turn();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** How much more memory is in use after `count` times the work than before it. */
async function growth(count: number, work: () => void): Promise<number> {
  const repeat = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      work();
      if (n % 1000 === 0) await turn();
    }
  };
  await repeat(count / 20);
  const before = await heapUsed();
  await repeat(count);
  return (await heapUsed()) - before;
}

function fullChannel(): Channel<object> {
  const channel = createBounded<object>(1);
  channel.writer.tryWrite({});
  return channel;
}

const waits = [
  ["read()", createUnbounded, ({ reader }, signal) => reader.read({ signal })],
  ["readAll()", createUnbounded, ({ reader }, signal) => reader.readAll({ signal }).next()],
  ["forEach()", createUnbounded, ({ reader }, signal) => reader.forEach(() => {}, { signal })],
  ["waitToRead()", createUnbounded, ({ reader }, signal) => reader.waitToRead({ signal })],
  ["write()", fullChannel, ({ writer }, signal) => writer.write({}, { signal })],
  ["waitToWrite()", fullChannel, ({ writer }, signal) => writer.waitToWrite({ signal })],
] as const satisfies readonly [
  string,
  () => Channel<object>,
  (channel: Channel<object>, signal: AbortSignal) => Promise<unknown>,
][];

describe.each(waits)("100,000 calls of %s that were aborted", (_, create, wait) => {
  it("leave nothing behind", async () => {
    const channel = create() as Channel<object>;
    const abandon = (): void => {
      const abort = new AbortController();
      wait(channel, abort.signal).catch(() => {});
      abort.abort("enough");
    };
    expect(await growth(100_000, abandon)).toBeLessThan(1_000_000);
  });
});

describe("100,000 reads with one signal", () => {
  it("need one listener, and leave nothing behind", async () => {
    const { reader, writer } = createUnbounded<number>();
    const abort = new AbortController();
    const reads = Array.from({ length: 100_000 }, () => reader.read({ signal: abort.signal }));
    expect(abortListeners(abort.signal)).toBe(1);
    abort.abort("enough");
    const results = await Promise.allSettled(reads);
    expect(results.every(({ status }) => status === "rejected")).toBe(true);
    expect(abortListeners(abort.signal)).toBe(0);
    writer.tryWrite(1);
    expect(reader.count).toBe(1);
  });
});

describe("100,000 calls of waitToRead() without a signal", () => {
  it("cost one promise", async () => {
    const { reader } = createUnbounded<number>();
    const first = reader.waitToRead();
    expect(Array.from({ length: 100_000 }, () => reader.waitToRead()).every((wait) => wait === first)).toBe(
      true,
    );
  });
});

describe("An item that was read", () => {
  it.each([createUnbounded<object>, () => createBounded<object>(4)])(
    "is not kept by the channel",
    async (create) => {
      const { reader, writer } = create();
      const items = [1, 2, 3].map(() => {
        const item = {};
        writer.tryWrite(item);
        return new WeakRef(item);
      });
      reader.tryRead();
      reader.tryRemove(items[1]?.deref() ?? {});
      await heapUsed();
      expect(items.map((item) => item.deref() !== undefined)).toEqual([false, false, true]);
      expect(reader.count).toBe(1);
    },
  );
});

describe("A burst of a million items", () => {
  it("leaves no large buffer behind", async () => {
    const { reader, writer } = createUnbounded<number>();
    const burst = async (): Promise<void> => {
      for (let n = 0; n < 1_000_000; n++) writer.tryWrite(n);
      while (reader.tryRead() !== undefined);
    };
    const before = await heapUsed();
    await burst();
    expect((await heapUsed()) - before).toBeLessThan(1_000_000);
    expect(reader.count).toBe(0);
  });
});
