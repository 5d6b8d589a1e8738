/** The shared suite: readAll and for await. */
import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/channel/index.ts";
import { ChannelClosedError } from "../../src/channel/index.ts";
import { type ChannelKind, describeOnlyIf } from "./channel-kind.ts";
import { isPending, outcome } from "./pending.ts";

export function describeReadAll({ name, create, capacity }: ChannelKind): void {
  describe(`${name}: readAll()`, () => {
    it("gives every item until the channel is completed", async () => {
      const channel = create<number>();
      const written = writeAll(channel, 25);
      const items: number[] = [];
      for await (const item of channel.reader.readAll()) items.push(item);
      await written;
      expect(items).toEqual(Array.from({ length: 25 }, (_, n) => n));
    });

    it("is what for await over the reader does", async () => {
      const channel = create<number>();
      const written = writeAll(channel, 25);
      let count = 0;
      for await (const item of channel.reader) expect(item).toBe(count++);
      await written;
      expect(count).toBe(25);
    });

    it("stands in line with read", async () => {
      const { reader, writer } = create<number>();
      const items = reader.readAll();
      const taken = [reader.read(), items.next(), reader.read()];
      for (const n of [1, 2, 3]) expect(writer.tryWrite(n)).toBe(true);
      expect(await Promise.all(taken)).toEqual([1, { value: 2, done: false }, 3]);
    });

    it("does not await an item that is a promise", async () => {
      const { reader, writer } = create<Promise<number>>();
      const item = Promise.resolve(1);
      const step = reader.readAll().next();
      await writer.write(item);
      expect((await step).value).toBe(item);
    });

    it("rejects with the error that the channel was completed with, and is then at its end", async () => {
      const { reader, writer } = create<number>();
      const error = new Error("disk full");
      const [early, late] = [reader.readAll(), reader.readAll()];
      const pending = early.next();
      writer.complete(error);
      await expect(pending).rejects.toBe(error);
      await expect(late.next()).rejects.toBe(error);
      expect(await early.next()).toEqual({ value: undefined, done: true });
      expect(await late.next()).toEqual({ value: undefined, done: true });
    });

    it("ends when the channel is completed while it waits", async () => {
      const { reader, writer } = create<number>();
      const items = reader.readAll();
      const step = items.next();
      expect(await isPending(step)).toBe(true);
      writer.complete();
      expect(await step).toEqual({ value: undefined, done: true });
      expect(await items.next()).toEqual({ value: undefined, done: true });
    });

    it("leaves what it did not take", async () => {
      const channel = create<number>();
      const written = writeAll(channel, 5);
      for await (const item of channel.reader) {
        if (item === 1) break;
      }
      expect(await channel.reader.read()).toBe(2);
      for await (const _ of channel.reader);
      await written;
    });

    it("takes nothing after return()", async () => {
      const { reader, writer } = create<number>();
      const items = reader.readAll();
      expect(await items.return?.()).toEqual({ value: undefined, done: true });
      const written = writer.write(1);
      expect(await items.next()).toEqual({ value: undefined, done: true });
      expect(reader.tryRead()).toBe(1);
      await written;
    });

    it("rejects with the signal's reason at its next step, even where an item is ready", async () => {
      const { reader, writer } = create<number>();
      const abort = new AbortController();
      const items = reader.readAll({ signal: abort.signal });
      const written = writer.write(1);
      abort.abort("enough");
      await expect(items.next()).rejects.toBe("enough");
      expect(await items.next()).toEqual({ value: undefined, done: true });
      expect(reader.tryRead()).toBe(1);
      await written;
    });

    it("rejects with the signal's reason while it waits, and takes nothing", async () => {
      const { reader, writer } = create<number>();
      const abort = new AbortController();
      const items = reader.readAll({ signal: abort.signal });
      const step = items.next();
      abort.abort("enough");
      const written = writer.write(1);
      await expect(step).rejects.toBe("enough");
      expect(await items.next()).toEqual({ value: undefined, done: true });
      expect(reader.tryRead()).toBe(1);
      await written;
    });
  });

  describeOnlyIf(capacity > 0)(`${name}: what is buffered when the channel fails`, () => {
    it("comes out before the error does", async () => {
      const { reader, writer } = create<number>();
      writer.tryWrite(1);
      const error = new Error("disk full");
      writer.complete(error);
      expect(await reader.waitToRead()).toBe(true);
      expect(await reader.readAll().next()).toEqual({ value: 1, done: false });
      expect(await outcome(reader.waitToRead())).toEqual({ reason: error });
      expect(await outcome(reader.readAll().next())).toEqual({ reason: error });
      await expect(reader.read()).rejects.toThrow(ChannelClosedError);
    });
  });
}

async function writeAll({ writer }: Channel<number>, items: number): Promise<void> {
  for (let n = 0; n < items; n++) {
    // Waits first, so that a channel that would drop something is never full.
    await writer.waitToWrite();
    await writer.write(n);
  }
  writer.complete();
}
