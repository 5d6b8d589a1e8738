/** The shared suite: what an abort signal does to each call that waits, and what it leaves behind. */
import { describe, expect, it } from "vitest";
import type { Channel } from "../../src/channel/index.ts";
import { type ChannelKind, describeOnlyIf } from "./channel-kind.ts";
import { abortListeners, ignore, isPending, outcome } from "./pending.ts";

type Wait = (channel: Channel<number>, signal: AbortSignal) => Promise<unknown>;

const reads: Record<string, Wait> = {
  "read()": ({ reader }, signal) => reader.read({ signal }),
  "waitToRead()": ({ reader }, signal) => reader.waitToRead({ signal }),
  "readAll().next()": ({ reader }, signal) => reader.readAll({ signal }).next(),
};

const writes: Record<string, Wait> = {
  "write()": ({ writer }, signal) => writer.write(99, { signal }),
  "waitToWrite()": ({ writer }, signal) => writer.waitToWrite({ signal }),
};

export function describeCancellation({ name, create, capacity, waitsWhenFull }: ChannelKind): void {
  const full = (): Channel<number> => {
    const channel = create<number>();
    for (let n = 0; n < capacity; n++) channel.writer.tryWrite(n);
    return channel;
  };

  describe.each(Object.entries({ ...reads, ...writes }))(
    `${name}: %s with a signal that has fired`,
    (_, wait) => {
      it("rejects with its reason, even where it could be done", async () => {
        const channel = create<number>();
        const written = channel.writer.write(1);
        await expect(wait(channel, AbortSignal.abort("enough"))).rejects.toBe("enough");
        expect(channel.reader.tryRead()).toBe(1);
        expect(channel.reader.tryRead()).toBeUndefined();
        await written;
      });

      it("rejects with its reason, even where the channel is completed", async () => {
        const channel = create<number>();
        channel.writer.complete(new Error("disk full"));
        await expect(wait(channel, AbortSignal.abort("enough"))).rejects.toBe("enough");
      });

      it("listens to no signal that does not make it wait", async () => {
        const channel = create<number>();
        const { signal } = new AbortController();
        const written = channel.writer.write(1);
        const read = channel.reader.read();
        const other = channel.reader.read();
        channel.writer.complete();
        ignore(wait(channel, signal));
        expect(abortListeners(signal)).toBe(0);
        await Promise.allSettled([written, read, other]);
      });
    },
  );

  const waits = [
    ...Object.entries(reads).map(([call, wait]) => [call, wait, () => create<number>(), serveRead] as const),
    ...(waitsWhenFull
      ? Object.entries(writes).map(([call, wait]) => [call, wait, full, serveWrite] as const)
      : []),
  ];

  describe.each(waits)(`${name}: %s that waits`, (_, wait, setup, serve) => {
    it("rejects with the signal's reason and takes its listener off", async () => {
      const channel = setup();
      const abort = new AbortController();
      const waiting = wait(channel, abort.signal);
      expect(await isPending(waiting)).toBe(true);
      expect(abortListeners(abort.signal)).toBe(1);
      const reason = new Error("enough");
      abort.abort(reason);
      expect(await outcome(waiting)).toEqual({ reason });
      expect(abortListeners(abort.signal)).toBe(0);
    });

    it("takes its listener off when it is served", async () => {
      const channel = setup();
      const { signal } = new AbortController();
      const waiting = wait(channel, signal);
      const served = serve(channel);
      await waiting;
      expect(abortListeners(signal)).toBe(0);
      ignore(served);
      channel.writer.complete();
    });

    it("takes its listener off when the channel is completed", async () => {
      const channel = setup();
      const { signal } = new AbortController();
      const waiting = wait(channel, signal);
      channel.writer.complete(new Error("disk full"));
      expect(await outcome(waiting)).toHaveProperty("reason");
      expect(abortListeners(signal)).toBe(0);
    });

    it("shares one listener among all that wait with the same signal", async () => {
      const channel = setup();
      const abort = new AbortController();
      const waiting = Array.from({ length: 5 }, () => wait(channel, abort.signal));
      expect(abortListeners(abort.signal)).toBe(1);
      abort.abort("enough");
      const outcomes = await Promise.all(waiting.map(outcome));
      expect(outcomes).toEqual(waiting.map(() => ({ reason: "enough" })));
      expect(abortListeners(abort.signal)).toBe(0);
    });
  });

  describe(`${name}: a read that is aborted`, () => {
    it("leaves its place in line to the next one", async () => {
      const { reader, writer } = create<number>();
      const abort = new AbortController();
      const [first, aborted, last] = [reader.read(), reader.read({ signal: abort.signal }), reader.read()];
      abort.abort("enough");
      for (const n of [1, 2]) expect(writer.tryWrite(n)).toBe(true);
      expect(await Promise.all([first, last])).toEqual([1, 2]);
      await expect(aborted).rejects.toBe("enough");
    });

    it("keeps the item that it was handed before", async () => {
      const { reader, writer } = create<number>();
      const abort = new AbortController();
      const read = reader.read({ signal: abort.signal });
      expect(writer.tryWrite(7)).toBe(true);
      abort.abort();
      expect(await read).toBe(7);
    });

    it("takes nothing that is written while its signal fires", async () => {
      const { reader, writer } = create<number>();
      const abort = new AbortController();
      let written: Promise<void> | undefined;
      abort.signal.addEventListener("abort", () => {
        written = writer.write(7);
      });
      const read = reader.read({ signal: abort.signal });
      abort.abort("enough");
      await expect(read).rejects.toBe("enough");
      expect(reader.tryRead()).toBe(7);
      await written;
    });
  });

  describeOnlyIf(waitsWhenFull)(`${name}: a write that is aborted`, () => {
    it("leaves its place in line to the next one, and its item never comes out", async () => {
      const channel = full();
      const abort = new AbortController();
      const first = channel.writer.write(capacity);
      const aborted = channel.writer.write(-1, { signal: abort.signal });
      const last = channel.writer.write(capacity + 1);
      abort.abort("enough");
      await expect(aborted).rejects.toBe("enough");
      for (let n = 0; n < capacity + 2; n++) expect(channel.reader.tryRead()).toBe(n);
      expect(channel.reader.tryRead()).toBeUndefined();
      await Promise.all([first, last]);
    });

    it("stays written when its item was taken over before", async () => {
      const channel = full();
      const abort = new AbortController();
      const write = channel.writer.write(capacity, { signal: abort.signal });
      for (let n = 0; n < capacity; n++) channel.reader.tryRead();
      const last = channel.reader.tryRead();
      abort.abort();
      await write;
      expect(last).toBe(capacity);
    });

    it("offers nothing while its signal fires", async () => {
      const channel = full();
      const abort = new AbortController();
      const seen: unknown[] = [];
      abort.signal.addEventListener("abort", () => {
        for (let n = 0; n <= capacity; n++) seen.push(channel.reader.tryRead());
      });
      const write = channel.writer.write(-1, { signal: abort.signal });
      abort.abort("enough");
      await expect(write).rejects.toBe("enough");
      expect(seen).toEqual([...Array.from({ length: capacity }, (_, n) => n), undefined]);
    });
  });
}

const serveRead = ({ writer }: Channel<number>): Promise<unknown> => writer.write(7);
const serveWrite = ({ reader }: Channel<number>): Promise<unknown> => reader.read();
