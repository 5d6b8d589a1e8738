/** The shared suite: tryComplete, complete and completion. */
import { describe, expect, it } from "vitest";
import { ChannelClosedError } from "../../src/channel/index.ts";
import { type ChannelKind, onlyIf } from "./channel-kind.ts";
import { isPending, outcome, turn } from "./pending.ts";

export function describeCompletion({ name, create, capacity }: ChannelKind): void {
  describe(`${name}: completion`, () => {
    it("is one promise, which waits for the channel to be completed", async () => {
      const { reader, writer } = create<number>();
      const { completion } = reader;
      expect(await isPending(completion)).toBe(true);
      writer.complete();
      expect(reader.completion).toBe(completion);
      expect(await outcome(completion)).toEqual({ value: undefined });
    });

    it("rejects with the error that the channel was completed with", async () => {
      for (const error of [
        new Error("disk full"),
        new DOMException("enough", "AbortError"),
        "text",
        0,
        false,
      ]) {
        const { reader, writer } = create<number>();
        writer.complete(error);
        expect(await outcome(reader.completion)).toEqual({ reason: error });
      }
    });

    it("raises no unhandled rejection when nobody watches it", async () => {
      const unhandled: unknown[] = [];
      const note = (reason: unknown): number => unhandled.push(reason);
      process.on("unhandledRejection", note);
      create<number>().writer.complete(new Error("disk full"));
      await turn();
      await turn();
      process.off("unhandledRejection", note);
      expect(unhandled).toEqual([]);
    });

    onlyIf(capacity > 0)("waits until what is buffered was read", async () => {
      const { reader, writer } = create<number>();
      writer.tryWrite(1);
      const error = new Error("disk full");
      writer.complete(error);
      expect(await isPending(reader.completion)).toBe(true);
      expect(reader.count).toBe(1);
      expect(await reader.read()).toBe(1);
      expect(await outcome(reader.completion)).toEqual({ reason: error });
    });

    it("is settled before those who wait hear of it", async () => {
      const { reader, writer } = create<number>();
      const order: string[] = [];
      const completed = reader.completion.then(() => order.push("completion"));
      const read = reader.read().catch(() => order.push("read"));
      const wait = reader.waitToRead().then(() => order.push("waitToRead"));
      writer.complete();
      await Promise.all([completed, read, wait]);
      expect(order[0]).toBe("completion");
    });
  });

  describe(`${name}: tryComplete() and complete()`, () => {
    it("say whether the channel was open", () => {
      const { writer } = create<number>();
      expect(writer.tryComplete()).toBe(true);
      expect(writer.tryComplete()).toBe(false);
      expect(() => writer.complete()).toThrow(ChannelClosedError);
    });

    it("throw with the first error as the cause", () => {
      const { writer } = create<number>();
      const cause = new Error("disk full");
      writer.complete(cause);
      expect(writer.tryComplete(new Error("later"))).toBe(false);
      expect(() => writer.complete()).toThrow(expect.objectContaining({ cause, code: "CHANNEL_CLOSED" }));
    });

    it("take null for no error", async () => {
      const { reader, writer } = create<number>();
      writer.complete(null);
      expect(await outcome(reader.completion)).toEqual({ value: undefined });
      expect(await reader.waitToRead()).toBe(false);
    });
  });
}
