import { describe, expect, it } from "vitest";
import { ChannelClosedError, createBounded, type FullMode } from "../../src/channel/index.ts";
import { describeChannel } from "./channel-suite.ts";
import { isPending, outcome } from "./pending.ts";

const dropModes = ["drop-write", "drop-newest", "drop-oldest"] as const;

describeChannel({
  name: "BoundedChannel(10)",
  create: () => createBounded(10),
  capacity: 10,
  waitsWhenFull: true,
});
describeChannel({
  name: "BoundedChannel(1)",
  create: () => createBounded(1),
  capacity: 1,
  waitsWhenFull: true,
});
for (const fullMode of dropModes) {
  describeChannel({
    name: `BoundedChannel(10, ${fullMode})`,
    create: () => createBounded({ capacity: 10, fullMode }),
    capacity: 10,
    waitsWhenFull: false,
  });
}

function setup(capacity: number, fullMode: FullMode = "wait") {
  const dropped: number[] = [];
  const channel = createBounded<number>({ capacity, fullMode, onDropped: (item) => dropped.push(item) });
  const drain = (): (number | undefined)[] => {
    const items: (number | undefined)[] = [];
    for (let item = channel.reader.tryRead(); item !== undefined; item = channel.reader.tryRead())
      items.push(item);
    return items;
  };
  return { ...channel, dropped, drain };
}

describe("BoundedChannel.tryWrite()", () => {
  it("is false when the buffer is full, and true again after a read", () => {
    const { reader, writer, drain, dropped } = setup(2);
    expect([writer.tryWrite(1), writer.tryWrite(2), writer.tryWrite(3)]).toEqual([true, true, false]);
    expect(reader.tryRead()).toBe(1);
    expect(writer.tryWrite(4)).toBe(true);
    expect(drain()).toEqual([2, 4]);
    expect(dropped).toEqual([]);
  });
});

describe("BoundedChannel.write()", () => {
  it("waits when the buffer is full", async () => {
    const { reader, writer, drain } = setup(1);
    await writer.write(1);
    const write = writer.write(2);
    expect(await isPending(write)).toBe(true);
    expect(reader.count).toBe(1);
    expect(reader.tryRead()).toBe(1);
    expect(await outcome(write)).toEqual({ value: undefined });
    expect(drain()).toEqual([2]);
  });

  it("serves writers in the order in which they came, one for each read", async () => {
    const { reader, writer, drain } = setup(1);
    const writes = [1, 2, 3, 4].map((n) => writer.write(n));
    expect(await reader.read()).toBe(1);
    expect(await outcome(writes[1] as Promise<void>)).toEqual({ value: undefined });
    expect(await isPending(writes[2] as Promise<void>)).toBe(true);
    expect(drain()).toEqual([2, 3, 4]);
    await Promise.all(writes);
  });

  it("cannot be overtaken by a tryWrite", async () => {
    const { reader, writer, drain } = setup(1);
    const writes = [writer.write(1), writer.write(2)];
    reader.tryRead();
    expect(writer.tryWrite(3)).toBe(false);
    expect(drain()).toEqual([2]);
    await Promise.all(writes);
  });

  it("is refused when the channel is completed while it waits, and its item never comes out", async () => {
    const { writer, drain, dropped } = setup(1);
    writer.tryWrite(1);
    const write = writer.write(2);
    const cause = new Error("disk full");
    writer.complete(cause);
    await expect(write).rejects.toSatisfy(
      (error: Error) => error instanceof ChannelClosedError && error.cause === cause,
    );
    expect(drain()).toEqual([1]);
    expect(dropped).toEqual([]);
  });
});

describe("BoundedChannel.waitToWrite()", () => {
  it("goes on waiting when a writer in line takes the room", async () => {
    const { reader, writer, drain } = setup(1);
    const writes = [writer.write(1), writer.write(2)];
    const wait = writer.waitToWrite();
    reader.tryRead();
    expect(await isPending(wait)).toBe(true);
    drain();
    expect(await wait).toBe(true);
    await Promise.all(writes);
  });
});

describe("BoundedChannel.tryRemove()", () => {
  it("lets a waiting writer in, behind those who were there", async () => {
    const { reader, writer, drain } = setup(3);
    for (const n of [1, 2, 3]) writer.tryWrite(n);
    const write = writer.write(4);
    expect(reader.tryRemove(4)).toBe(false);
    expect(reader.tryRemove(2)).toBe(true);
    await write;
    expect(reader.count).toBe(3);
    expect(drain()).toEqual([1, 3, 4]);
  });

  it("wakes those who wait to write", async () => {
    const { reader, writer } = setup(1);
    writer.tryWrite(1);
    const wait = writer.waitToWrite();
    reader.tryRemove(1);
    expect(await wait).toBe(true);
  });

  it("takes the first of several that are identical", () => {
    const { reader, writer, drain } = setup(5);
    for (const n of [1, 2, 1, 3]) writer.tryWrite(n);
    expect(reader.tryRemove(1)).toBe(true);
    expect(drain()).toEqual([2, 1, 3]);
  });
});

describe("BoundedChannel in a drop mode", () => {
  it.each([
    ["drop-write", [1, 2, 3], [4, 5]],
    ["drop-newest", [1, 2, 5], [3, 4]],
    ["drop-oldest", [3, 4, 5], [1, 2]],
  ] as const)("%s keeps %j and drops %j", async (fullMode, kept, gone) => {
    const { reader, writer, drain, dropped } = setup(3, fullMode);
    for (const n of [1, 2, 3, 4]) expect(writer.tryWrite(n)).toBe(true);
    expect(await outcome(writer.write(5))).toEqual({ value: undefined });
    expect(reader.count).toBe(3);
    expect(dropped).toEqual(gone);
    expect(drain()).toEqual(kept);
  });

  it.each(dropModes)("%s never makes a writer wait", async (fullMode) => {
    const { writer } = setup(1, fullMode);
    writer.tryWrite(1);
    expect(await outcome(writer.waitToWrite())).toEqual({ value: true });
  });

  it.each(dropModes)("%s drops nothing once the channel is completed", async (fullMode) => {
    const { writer, dropped, drain } = setup(1, fullMode);
    writer.tryWrite(1);
    writer.complete();
    expect(writer.tryWrite(2)).toBe(false);
    await expect(writer.write(3)).rejects.toThrow(ChannelClosedError);
    expect(dropped).toEqual([]);
    expect(drain()).toEqual([1]);
  });

  it.each(dropModes)("%s works without onDropped", (fullMode) => {
    const { reader, writer } = createBounded<number>({ capacity: 1, fullMode });
    writer.tryWrite(1);
    expect(writer.tryWrite(2)).toBe(true);
    expect(reader.tryRead()).toBe(fullMode === "drop-write" ? 1 : 2);
  });
});

describe("BoundedChannel's onDropped", () => {
  it.each([
    ["drop-write", [1], [2, 3]],
    ["drop-newest", [3], [1, 2]],
    ["drop-oldest", [3], [1, 2]],
  ] as const)("%s finds the channel settled, and may write again", (fullMode, kept, gone) => {
    const dropped: number[] = [];
    const counts: number[] = [];
    const { reader, writer } = createBounded<number>({
      capacity: 1,
      fullMode,
      onDropped: (item) => {
        dropped.push(item);
        counts.push(reader.count);
        if (dropped.length === 1) expect(writer.tryWrite(3)).toBe(true);
      },
    });
    writer.tryWrite(1);
    expect(writer.tryWrite(2)).toBe(true);
    expect(dropped).toEqual(gone);
    expect(counts).toEqual([1, 1]);
    expect([reader.tryRead(), reader.tryRead()]).toEqual([...kept, undefined]);
  });

  it("may read and complete the channel", async () => {
    const read: unknown[] = [];
    const { reader, writer } = createBounded<number>({
      capacity: 1,
      fullMode: "drop-oldest",
      onDropped: () => {
        read.push(reader.tryRead());
        writer.complete();
      },
    });
    writer.tryWrite(1);
    expect(writer.tryWrite(2)).toBe(true);
    expect(read).toEqual([2]);
    expect(writer.tryWrite(3)).toBe(false);
    expect(reader.count).toBe(0);
    expect(await outcome(reader.completion)).toEqual({ value: undefined });
  });

  it.each(dropModes)(
    "%s that throws: the error reaches the writer, the channel is right",
    async (fullMode) => {
      const fault = new Error("fault in onDropped");
      const { reader, writer } = createBounded<number>({
        capacity: 1,
        fullMode,
        onDropped: () => {
          throw fault;
        },
      });
      writer.tryWrite(1);
      expect(() => writer.tryWrite(2)).toThrow(fault);
      await expect(writer.write(3)).rejects.toBe(fault);
      expect(reader.count).toBe(1);
      expect(reader.tryRead()).toBe(fullMode === "drop-write" ? 1 : 3);
      expect(writer.tryWrite(4)).toBe(true);
      expect(await reader.read()).toBe(4);
    },
  );
});

describe("createBounded()", () => {
  it.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    "throws a RangeError for the capacity %d",
    (capacity) => {
      expect(() => createBounded(capacity)).toThrow(RangeError);
      expect(() => createBounded({ capacity })).toThrow(RangeError);
    },
  );

  it("throws a RangeError where the capacity is missing or no number", () => {
    expect(() => createBounded({} as never)).toThrow(RangeError);
    expect(() => createBounded({ capacity: "10" } as never)).toThrow(RangeError);
  });

  it.each([undefined, null, "10"])("throws a TypeError for %o as options", (options) => {
    expect(() => createBounded(options as never)).toThrow(TypeError);
  });

  it.each(["drop", "", null])("throws a TypeError for the full mode %o", (fullMode) => {
    expect(() => createBounded({ capacity: 1, fullMode } as never)).toThrow(TypeError);
  });

  it("throws a TypeError where onDropped is no function", () => {
    expect(() => createBounded({ capacity: 1, onDropped: "log" } as never)).toThrow(TypeError);
  });

  it("allocates nothing ahead for the largest capacity", () => {
    const before = process.memoryUsage().heapUsed;
    const channels = Array.from({ length: 100 }, () => createBounded<number>(2 ** 31 - 1));
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2_000_000);
    expect(channels.every(({ writer }) => writer.tryWrite(1))).toBe(true);
  });
});
