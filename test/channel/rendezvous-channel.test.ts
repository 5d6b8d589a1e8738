import { describe, expect, it } from "vitest";
import { ChannelClosedError, createBounded } from "../../src/channel/index.ts";
import { describeChannel } from "./channel-suite.ts";
import { isPending, outcome } from "./pending.ts";

const dropModes = ["drop-write", "drop-newest", "drop-oldest"] as const;

describeChannel({
  name: "BoundedChannel(0)",
  create: () => createBounded(0),
  capacity: 0,
  waitsWhenFull: true,
});

describe("BoundedChannel(0).write()", () => {
  it("waits until its item is read, and counts for nothing until then", async () => {
    const { reader, writer } = createBounded<number>(0);
    const writes = [writer.write(1), writer.write(2)];
    expect(await isPending(Promise.race(writes))).toBe(true);
    expect(reader.count).toBe(0);
    expect(await reader.read()).toBe(1);
    expect(await outcome(Promise.race(writes))).toEqual({ value: undefined });
    expect(reader.tryRead()).toBe(2);
    await Promise.all(writes);
  });

  it("is refused when the channel is completed while it waits, and its item never comes out", async () => {
    const { reader, writer } = createBounded<number>(0);
    const write = writer.write(1);
    writer.complete();
    await expect(write).rejects.toThrow(ChannelClosedError);
    expect(reader.tryRead()).toBeUndefined();
    expect(reader.tryPeek()).toBeUndefined();
    expect(await outcome(reader.completion)).toEqual({ value: undefined });
  });
});

describe("BoundedChannel(0).tryWrite()", () => {
  it("is false when nobody reads, also while others only wait to read", async () => {
    const { reader, writer } = createBounded<number>(0);
    expect(writer.tryWrite(1)).toBe(false);
    const wait = reader.waitToRead();
    expect(writer.tryWrite(1)).toBe(false);
    expect(await isPending(wait)).toBe(true);
  });

  it("meets a step of readAll that waits", async () => {
    const { reader, writer } = createBounded<number>(0);
    const step = reader.readAll().next();
    expect(writer.tryWrite(7)).toBe(true);
    expect(await step).toEqual({ value: 7, done: false });
  });
});

describe("BoundedChannel(0).tryRemove()", () => {
  it("is false: a writer that waits is not buffered", async () => {
    const { reader, writer } = createBounded<number>(0);
    const write = writer.write(1);
    expect(reader.tryRemove(1)).toBe(false);
    expect(await reader.read()).toBe(1);
    await write;
  });
});

describe("BoundedChannel(0).tryPeek()", () => {
  it("passes over a writer whose signal has fired", async () => {
    const { reader, writer } = createBounded<number>(0);
    const abort = new AbortController();
    let peeked: unknown;
    abort.signal.addEventListener("abort", () => {
      peeked = reader.tryPeek();
    });
    const writes = [writer.write(1, { signal: abort.signal }), writer.write(2)];
    abort.abort("enough");
    await expect(writes[0]).rejects.toBe("enough");
    expect(peeked).toBe(2);
    expect(reader.tryRead()).toBe(2);
    await writes[1];
  });
});

describe("BoundedChannel(0) in a drop mode", () => {
  it.each(dropModes)("%s drops what is written while nobody reads", async (fullMode) => {
    const dropped: number[] = [];
    const onDropped = (item: number): number => dropped.push(item);
    const { reader, writer } = createBounded<number>({ capacity: 0, fullMode, onDropped });
    expect(await outcome(writer.waitToWrite())).toEqual({ value: true });
    expect(writer.tryWrite(1)).toBe(true);
    expect(await outcome(writer.write(2))).toEqual({ value: undefined });
    expect(dropped).toEqual([1, 2]);
    expect(reader.tryRead()).toBeUndefined();
    expect(reader.count).toBe(0);
  });

  it.each(dropModes)("%s drops nothing while somebody reads", async (fullMode) => {
    const dropped: number[] = [];
    const onDropped = (item: number): number => dropped.push(item);
    const { reader, writer } = createBounded<number>({ capacity: 0, fullMode, onDropped });
    const reads = [reader.read(), reader.read()];
    expect(writer.tryWrite(1)).toBe(true);
    await writer.write(2);
    expect(await Promise.all(reads)).toEqual([1, 2]);
    expect(dropped).toEqual([]);
  });

  it.each(dropModes)("%s wakes nobody who waits to read", async (fullMode) => {
    const { reader, writer } = createBounded<number>({ capacity: 0, fullMode });
    const wait = reader.waitToRead();
    writer.tryWrite(1);
    expect(await isPending(wait)).toBe(true);
  });
});
