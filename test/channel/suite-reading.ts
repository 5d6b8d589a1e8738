/** The shared suite: tryRead, tryPeek, tryRemove, count, read and waitToRead. */
import { describe, expect, it } from "vitest";
import { ChannelClosedError } from "../../src/channel/index.ts";
import { type ChannelKind, onlyIf } from "./channel-kind.ts";
import { isPending, outcome } from "./pending.ts";

export function describeReading({ name, create, capacity }: ChannelKind): void {
  const buffers = capacity > 0;

  describe(`${name}: tryRead() and tryPeek()`, () => {
    it("are undefined when nothing was written", () => {
      const { reader } = create<number>();
      expect(reader.tryRead()).toBeUndefined();
      expect(reader.tryPeek()).toBeUndefined();
    });

    it("give what was written, once", async () => {
      const { reader, writer } = create<number>();
      const written = writer.write(7);
      expect(reader.tryPeek()).toBe(7);
      expect(reader.tryPeek()).toBe(7);
      expect(reader.tryRead()).toBe(7);
      expect(reader.tryRead()).toBeUndefined();
      expect(reader.tryPeek()).toBeUndefined();
      await written;
    });

    it("are undefined once the channel is completed and drained", () => {
      const { reader, writer } = create<number>();
      writer.complete();
      expect(reader.tryRead()).toBeUndefined();
      expect(reader.tryPeek()).toBeUndefined();
    });
  });

  describe(`${name}: count`, () => {
    it("counts what is buffered", () => {
      const { reader, writer } = create<number>();
      const buffered = Math.min(capacity, 3);
      for (let n = 0; n < buffered; n++) writer.tryWrite(n);
      expect(reader.count).toBe(buffered);
      reader.tryRead();
      expect(reader.count).toBe(Math.max(0, buffered - 1));
    });
  });

  describe(`${name}: tryRemove()`, () => {
    it("is false for what is not buffered", () => {
      const { reader, writer } = create<object>();
      writer.tryWrite({});
      expect(reader.tryRemove({})).toBe(false);
    });

    onlyIf(buffers)("takes the item out, and completes what it drains", async () => {
      const { reader, writer } = create<object>();
      const item = {};
      writer.tryWrite(item);
      writer.complete();
      expect(reader.tryRemove(item)).toBe(true);
      expect(reader.tryRemove(item)).toBe(false);
      expect(reader.count).toBe(0);
      expect(await outcome(reader.completion)).toEqual({ value: undefined });
    });

    onlyIf(capacity > 2)("takes an item from wherever it stands and leaves the rest in order", () => {
      for (const removed of [1, 2, 3]) {
        const { reader, writer } = create<number>();
        for (const n of [1, 2, 3]) writer.tryWrite(n);
        expect(reader.tryRemove(removed)).toBe(true);
        expect([reader.tryRead(), reader.tryRead(), reader.tryRead()]).toEqual(
          [1, 2, 3].filter((n) => n !== removed).concat([undefined as never]),
        );
      }
    });

    onlyIf(buffers)("finds NaN", () => {
      const { reader, writer } = create<number>();
      writer.tryWrite(Number.NaN);
      expect(reader.tryRemove(Number.NaN)).toBe(true);
    });
  });

  describe(`${name}: read()`, () => {
    it("is done at once when there is an item", async () => {
      const { reader, writer } = create<number>();
      const written = writer.write(7);
      expect(await outcome(reader.read())).toEqual({ value: 7 });
      await written;
    });

    it("waits for an item", async () => {
      const { reader, writer } = create<number>();
      const read = reader.read();
      expect(await isPending(read)).toBe(true);
      await writer.write(7);
      expect(await read).toBe(7);
    });

    it("serves readers in the order in which they came", async () => {
      const { reader, writer } = create<number>();
      const reads = [reader.read(), reader.read({ signal: new AbortController().signal }), reader.read()];
      for (const n of [1, 2, 3]) expect(writer.tryWrite(n)).toBe(true);
      expect(await Promise.all(reads)).toEqual([1, 2, 3]);
    });

    it("awaits an item that is a promise", async () => {
      const { reader, writer } = create<Promise<number>>();
      const waiting = reader.read();
      await writer.write(Promise.resolve(1));
      const written = writer.write(Promise.resolve(2));
      expect([await waiting, await reader.read()]).toEqual([1, 2]);
      await written;
    });

    it("rejects with ChannelClosedError once the channel is completed and drained", async () => {
      const { reader, writer } = create<number>();
      writer.complete();
      const error = await reader.read().catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ChannelClosedError);
      expect(error).not.toHaveProperty("cause");
    });

    it("rejects with ChannelClosedError when the channel is completed while it waits", async () => {
      const { reader, writer } = create<number>();
      const reads = [reader.read(), reader.read()];
      const cause = new Error("disk full");
      writer.complete(cause);
      for (const read of reads) {
        await expect(read).rejects.toSatisfy(
          (error: Error) => error instanceof ChannelClosedError && error.cause === cause,
        );
      }
    });
  });

  describe(`${name}: waitToRead()`, () => {
    it("is true at once when there is an item", async () => {
      const { reader, writer } = create<number>();
      const written = writer.write(7);
      expect(await outcome(reader.waitToRead())).toEqual({ value: true });
      expect(reader.tryRead()).toBe(7);
      await written;
    });

    it("waits for an item, and every waiter hears of it in the order in which they came", async () => {
      const { reader, writer } = create<number>();
      const order: number[] = [];
      const { signal } = new AbortController();
      const waits = [undefined, signal, undefined, undefined, signal].map(async (signal, index) => {
        expect(await reader.waitToRead({ signal })).toBe(true);
        order.push(index);
      });
      expect(await isPending(Promise.race(waits))).toBe(true);
      const written = writer.write(7);
      await Promise.all(waits);
      expect(order).toEqual([0, 1, 2, 3, 4]);
      expect(reader.tryRead()).toBe(7);
      await written;
    });

    it("waits again after the item was taken by another reader", async () => {
      const { reader, writer } = create<number>();
      const first = reader.waitToRead();
      const written = writer.write(1);
      expect(await first).toBe(true);
      reader.tryRead();
      await written;
      const second = reader.waitToRead();
      expect(await isPending(second)).toBe(true);
      writer.complete();
      expect(await second).toBe(false);
    });

    it("is false once the channel is completed and drained", async () => {
      const { reader, writer } = create<number>();
      const before = reader.waitToRead();
      writer.complete();
      expect(await before).toBe(false);
      expect(await reader.waitToRead()).toBe(false);
    });

    it("rejects with the error that the channel was completed with", async () => {
      const { reader, writer } = create<number>();
      const error = new Error("disk full");
      const before = reader.waitToRead();
      writer.complete(error);
      await expect(before).rejects.toBe(error);
      await expect(reader.waitToRead()).rejects.toBe(error);
    });
  });
}
