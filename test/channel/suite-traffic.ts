/** The shared suite: many items between many producers and consumers. */
import { expect, it } from "vitest";
import { type ChannelKind, describeOnlyIf } from "./channel-kind.ts";

const items = 2000;

export function describeTraffic({ name, create, capacity, waitsWhenFull }: ChannelKind): void {
  const loses = !waitsWhenFull && capacity < items;

  describeOnlyIf(!loses)(`${name}: traffic`, () => {
    it("keeps one producer's items in order", async () => {
      const { reader, writer } = create<number>();
      const written = (async () => {
        for (let n = 0; n < items; n++) await writer.write(n);
        writer.complete();
      })();
      const read: number[] = [];
      for await (const n of reader) read.push(n);
      await written;
      expect(read).toEqual(Array.from({ length: items }, (_, n) => n));
    });

    it.each([
      [1, 10],
      [10, 1],
      [10, 10],
    ])("brings each item of %i producers to one of %i consumers", async (producers, consumers) => {
      const { reader, writer } = create<number>();
      const read: number[] = [];
      const consume = async (how: number): Promise<void> => {
        if (how % 3 === 0) for await (const n of reader) read.push(n);
        while (how % 3 === 1 && (await reader.waitToRead())) {
          const n = reader.tryRead();
          if (n !== undefined) read.push(n);
        }
        try {
          for (;;) read.push(await reader.read());
        } catch {
          // The channel is completed and drained.
        }
      };
      const produce = async (first: number): Promise<void> => {
        for (let n = first; n < items; n += producers) {
          if (n % 3 === 0 && (await writer.waitToWrite()) && writer.tryWrite(n)) continue;
          await writer.write(n);
        }
      };
      const consuming = Array.from({ length: consumers }, (_, how) => consume(how));
      await Promise.all(Array.from({ length: producers }, (_, first) => produce(first)));
      writer.complete();
      await Promise.all(consuming);
      expect(read.toSorted((a, b) => a - b)).toEqual(Array.from({ length: items }, (_, n) => n));
    });

    it("plays ping-pong", async () => {
      const [there, back] = [create<number>(), create<number>()];
      const echo = (async () => {
        for await (const n of there.reader) await back.writer.write(n + 1);
      })();
      let n = 0;
      while (n < 500) {
        await there.writer.write(n);
        n = await back.reader.read();
      }
      there.writer.complete();
      await echo;
      expect(n).toBe(500);
    });
  });
}
