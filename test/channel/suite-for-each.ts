/** The shared suite: forEach. */
import { describe, expect, it } from "vitest";
import { type Channel, ChannelClosedError } from "../../src/channel/index.ts";
import { type ChannelKind, onlyIf } from "./channel-kind.ts";
import { abortListeners, ignore, isPending, outcome } from "./pending.ts";

export function describeForEach({ name, create, capacity }: ChannelKind): void {
  /** A channel, an `onItem`, and what that has handled. */
  function setup(): Channel<number> & { readonly handle: (n: number) => void; readonly handled: number[] } {
    const handled: number[] = [];
    const handle = (n: number): void => {
      handled.push(n);
    };
    return { ...create<number>(), handle, handled };
  }

  describe(`${name}: forEach()`, () => {
    it("handles an item inside the write that brings it", async () => {
      const { reader, writer, handle, handled } = setup();
      const ended = reader.forEach(handle);
      expect(writer.tryWrite(1)).toBe(true);
      expect(handled).toEqual([1]);
      const written = writer.write(2);
      expect(handled).toEqual([1, 2]);
      await written;
      writer.complete();
      expect(await outcome(ended)).toEqual({ value: undefined });
    });

    onlyIf(capacity > 1)("begins at once with what is buffered", () => {
      const { reader, writer, handle, handled } = setup();
      for (const n of [1, 2]) writer.tryWrite(n);
      ignore(reader.forEach(handle));
      expect(handled).toEqual([1, 2]);
      expect(reader.count).toBe(0);
    });

    it("is done when the channel is completed and drained", async () => {
      const { reader, writer, handle, handled } = setup();
      const written = writer.write(1);
      const ended = reader.forEach(handle);
      await written;
      expect(await isPending(ended)).toBe(true);
      writer.complete();
      expect(await outcome(ended)).toEqual({ value: undefined });
      expect(await outcome(reader.forEach(handle))).toEqual({ value: undefined });
      expect(handled).toEqual([1]);
    });

    it("rejects with the error that the channel was completed with", async () => {
      const { reader, writer, handle, handled } = setup();
      const error = new Error("disk full");
      const ended = reader.forEach(handle);
      writer.tryWrite(1);
      writer.complete(error);
      expect(await outcome(ended)).toEqual({ reason: error });
      expect(await outcome(reader.forEach(handle))).toEqual({ reason: error });
      expect(handled).toEqual([1]);
    });

    it("takes turns with those who read", async () => {
      const { reader, writer, handle, handled } = setup();
      const first = reader.read();
      ignore(reader.forEach(handle));
      const second = reader.read();
      for (const n of [1, 2, 3, 4]) expect(writer.tryWrite(n)).toBe(true);
      expect(await Promise.all([first, second])).toEqual([1, 3]);
      expect(handled).toEqual([2, 4]);
    });

    it("handles what onItem writes after it has returned, never within it", async () => {
      const { reader, writer, handled } = setup();
      const writes: Promise<void>[] = [];
      const onItem = (n: number): void => {
        handled.push(n);
        if (n < 3) writes.push(writer.write(n + 1));
        handled.push(-n);
      };
      ignore(reader.forEach(onItem));
      expect(writer.tryWrite(1)).toBe(true);
      expect(handled).toEqual([1, -1, 2, -2, 3, -3]);
      await Promise.all(writes);
    });

    it("is done after an onItem that completes the channel", async () => {
      const { reader, writer, handled } = setup();
      const ended = reader.forEach((n) => {
        handled.push(n);
        writer.complete();
      });
      expect(writer.tryWrite(1)).toBe(true);
      expect(writer.tryWrite(2)).toBe(false);
      expect(await outcome(ended)).toEqual({ value: undefined });
      expect(await outcome(reader.completion)).toEqual({ value: undefined });
      expect(handled).toEqual([1]);
    });

    it("rejects with what onItem throws; the write has succeeded, and later items stay", async () => {
      const { reader, writer } = setup();
      const error = new Error("not a number that I like");
      const ended = reader.forEach(() => {
        throw error;
      });
      expect(writer.tryWrite(1)).toBe(true);
      expect(await outcome(ended)).toEqual({ reason: error });
      const written = writer.write(2);
      expect(reader.tryRead()).toBe(2);
      await written;
    });

    it("waits for the promise that onItem returns, and takes nothing meanwhile", async () => {
      const { reader, writer, handled } = setup();
      const done = Promise.withResolvers<void>();
      const onItem = (n: number): unknown => {
        handled.push(n);
        return n === 1 ? done.promise : undefined;
      };
      ignore(reader.forEach(onItem));
      writer.tryWrite(1);
      const written = writer.write(2);
      await isPending(written);
      expect(handled).toEqual([1]);
      expect(reader.tryPeek()).toBe(2);
      done.resolve();
      await written;
      expect(handled).toEqual([1, 2]);
      expect(writer.tryWrite(3)).toBe(true);
      expect(handled).toEqual([1, 2, 3]);
    });

    it("rejects with what onItem's promise rejects with", async () => {
      const { reader, writer } = setup();
      const error = new Error("not a number that I like");
      const onItem = (): Promise<never> => Promise.reject(error);
      const ended = reader.forEach(onItem);
      expect(writer.tryWrite(1)).toBe(true);
      expect(await outcome(ended)).toEqual({ reason: error });
    });

    it("rejects with the signal's reason, and takes no item, where the signal has fired", async () => {
      const { reader, writer, handle, handled } = setup();
      const written = writer.write(1);
      const ended = reader.forEach(handle, { signal: AbortSignal.abort("enough") });
      expect(await outcome(ended)).toEqual({ reason: "enough" });
      expect(handled).toEqual([]);
      expect(reader.tryRead()).toBe(1);
      await written;
    });

    it("rejects with the signal's reason while it waits, and leaves its place and no listener", async () => {
      const { reader, writer, handle, handled } = setup();
      const abort = new AbortController();
      const ended = reader.forEach(handle, { signal: abort.signal });
      writer.tryWrite(1);
      expect(abortListeners(abort.signal)).toBe(1);
      abort.abort("enough");
      expect(await outcome(ended)).toEqual({ reason: "enough" });
      expect(abortListeners(abort.signal)).toBe(0);
      const written = writer.write(2);
      expect(reader.tryRead()).toBe(2);
      await written;
      expect(handled).toEqual([1]);
    });

    it("rejects with the signal's reason only when onItem is done, and takes no further item", async () => {
      const { reader, writer, handled } = setup();
      const abort = new AbortController();
      const done = Promise.withResolvers<void>();
      const onItem = (n: number): Promise<void> => {
        handled.push(n);
        abort.abort("enough");
        return done.promise;
      };
      const ended = reader.forEach(onItem, { signal: abort.signal });
      writer.tryWrite(1);
      const written = writer.write(2);
      expect(await isPending(ended)).toBe(true);
      done.resolve();
      expect(await outcome(ended)).toEqual({ reason: "enough" });
      expect(handled).toEqual([1]);
      expect(reader.tryRead()).toBe(2);
      await written;
    });

    it("raises no error in those who read after a failure", async () => {
      const { reader, writer } = setup();
      const ended = reader.forEach(() => {
        throw new Error("not a number that I like");
      });
      const read = reader.read();
      for (const n of [1, 2]) expect(writer.tryWrite(n)).toBe(true);
      await expect(ended).rejects.toThrow("not a number that I like");
      expect(await read).toBe(2);
      writer.complete();
      await expect(reader.read()).rejects.toThrow(ChannelClosedError);
    });
  });
}
