/** The shared suite: tryWrite, write and waitToWrite. */
import { describe, expect, it } from "vitest";
import { ChannelClosedError } from "../../src/channel/index.ts";
import { type ChannelKind, onlyIf } from "./channel-kind.ts";
import { isPending, outcome } from "./pending.ts";

export function describeWriting({ name, create, capacity, waitsWhenFull }: ChannelKind): void {
  describe(`${name}: tryWrite()`, () => {
    it("hands the item to the reader that waits", async () => {
      const { reader, writer } = create<number>();
      const read = reader.read();
      expect(writer.tryWrite(7)).toBe(true);
      expect(reader.count).toBe(0);
      expect(await read).toBe(7);
    });

    it("wakes nobody but the reader that it hands the item to", async () => {
      const { reader, writer } = create<number>();
      const read = reader.read();
      const wait = reader.waitToRead();
      writer.tryWrite(7);
      expect(await read).toBe(7);
      expect(await isPending(wait)).toBe(true);
    });

    it("throws a TypeError for undefined and writes nothing", () => {
      const { reader, writer } = create<number | undefined>();
      expect(() => writer.tryWrite(undefined)).toThrow(TypeError);
      expect(reader.tryRead()).toBeUndefined();
      expect(reader.count).toBe(0);
    });

    it("is false once the channel is completed", () => {
      const { reader, writer } = create<number>();
      writer.complete();
      expect(writer.tryWrite(1)).toBe(false);
      expect(reader.tryRead()).toBeUndefined();
    });
  });

  describe(`${name}: write()`, () => {
    it("is done at once when a reader waits", async () => {
      const { reader, writer } = create<number>();
      const read = reader.read();
      expect(await outcome(writer.write(7))).toEqual({ value: undefined });
      expect(await read).toBe(7);
    });

    it("takes null, false, 0, NaN and the empty string for items", async () => {
      for (const item of [null, false, 0, Number.NaN, ""]) {
        const { reader, writer } = create<unknown>();
        const written = writer.write(item);
        expect(reader.tryPeek()).toBe(item);
        expect(reader.tryRead()).toBe(item);
        await written;
      }
    });

    it("rejects with a TypeError for undefined and writes nothing", async () => {
      const { reader, writer } = create<number | undefined>();
      await expect(writer.write(undefined)).rejects.toThrow(TypeError);
      expect(reader.tryRead()).toBeUndefined();
    });

    it("rejects with ChannelClosedError once the channel is completed", async () => {
      const { writer } = create<number>();
      writer.complete();
      const error = await writer.write(1).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ChannelClosedError);
      expect(error).not.toHaveProperty("cause");
    });

    it("rejects with the channel's error as the cause", async () => {
      const { writer } = create<number>();
      const cause = new Error("disk full");
      writer.complete(cause);
      await expect(writer.write(1)).rejects.toSatisfy(
        (error: Error) => error instanceof ChannelClosedError && error.cause === cause,
      );
    });
  });

  describe(`${name}: waitToWrite()`, () => {
    it("is true at once when a reader waits", async () => {
      const { reader, writer } = create<number>();
      const read = reader.read();
      expect(await outcome(writer.waitToWrite())).toEqual({ value: true });
      writer.tryWrite(1);
      await read;
    });

    onlyIf(capacity > 0)("is true at once when there is room", async () => {
      expect(await outcome(create<number>().writer.waitToWrite())).toEqual({ value: true });
    });

    onlyIf(waitsWhenFull)("waits while there is no room, and every waiter hears of it", async () => {
      const { reader, writer } = create<number>();
      for (let n = 0; n < capacity; n++) writer.tryWrite(n);
      const waits = [writer.waitToWrite(), writer.waitToWrite({ signal: new AbortController().signal })];
      expect(await isPending(Promise.race(waits))).toBe(true);
      const read = reader.read();
      expect(await Promise.all(waits)).toEqual([true, true]);
      writer.tryWrite(capacity);
      await read;
    });

    it("is false once the channel is completed", async () => {
      const { writer } = create<number>();
      writer.complete();
      expect(await writer.waitToWrite()).toBe(false);
    });

    onlyIf(waitsWhenFull)("is false when the channel is completed while it waits", async () => {
      const { writer } = create<number>();
      for (let n = 0; n < capacity; n++) writer.tryWrite(n);
      const wait = writer.waitToWrite();
      writer.complete();
      expect(await wait).toBe(false);
    });

    it("rejects with the error that the channel was completed with", async () => {
      const { writer } = create<number>();
      const error = new Error("disk full");
      writer.complete(error);
      await expect(writer.waitToWrite()).rejects.toBe(error);
    });

    onlyIf(waitsWhenFull)("rejects with the error that comes while it waits", async () => {
      const { writer } = create<number>();
      for (let n = 0; n < capacity; n++) writer.tryWrite(n);
      const wait = writer.waitToWrite();
      const error = new Error("disk full");
      writer.complete(error);
      await expect(wait).rejects.toBe(error);
    });
  });
}
