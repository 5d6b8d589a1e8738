import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { JobContext } from "jobcontrol";
import { createBounded } from "jobcontrol/channel";
import { pipeline } from "jobcontrol/pipeline";
import { LineServer } from "./line-server.ts";
import { type Entry, entryOf, type Line } from "./syslog.ts";

export interface CollectOptions {
  /** On loopback. */
  readonly port: number;
  readonly file: URL;
  /** Lines that can wait to be stored. */
  readonly capacity: number;
}

/**
 * Takes lines from whoever sends some, and appends them to a file. Applications must never wait for their log, so
 * nothing holds the senders back: what comes faster than the file takes it waits in a channel, and where that is full the oldest
 * line is dropped for the newest. Each gap is marked in the file, and all of them are counted.
 * It ends after `input.lines` lines, or when it is stopped; either way what it has received is stored first.
 * `input.writeMs` makes each write take longer, as to a store that is far away.
 */
export function collectLogs({ port, file, capacity }: CollectOptions) {
  return async ({ input, signal, log, progress }: JobContext) => {
    const { lines: asked = Number.POSITIVE_INFINITY, writeMs: delay = 0 } = input;
    const lines = numberIn("lines", asked, 1);
    const writeMs = numberIn("writeMs", delay, 0);
    const counts = { received: 0, stored: 0, dropped: 0 };
    const { reader, writer } = createBounded<Line>({
      capacity,
      fullMode: "drop-oldest",
      onDropped: () => counts.dropped++,
    });

    function take(text: string): void {
      const number = counts.received + 1;
      if (number > lines || !writer.tryWrite({ number, timeMs: Date.now(), text })) return;
      counts.received = number;
      if (number === lines) writer.complete();
    }

    let next = 1;
    function written({ number, ...entry }: Entry): string {
      const dropped = number - next;
      next = number + 1;
      const gap = dropped > 0 ? `${JSON.stringify({ dropped })}\n` : "";
      return `${gap}${JSON.stringify(entry)}\n`;
    }

    function tell(): void {
      const { received, stored, dropped } = counts;
      const total = lines === Number.POSITIVE_INFINITY ? 0 : lines;
      const message = `${stored} stored, ${reader.count} wait, ${dropped} dropped`;
      progress({ current: received, total, unit: "lines", message });
    }

    await using output = await open(file, "a");
    async function store(batch: readonly Entry[]): Promise<void> {
      await sleep(writeMs);
      await output.appendFile(batch.map(written).join(""));
      counts.stored += batch.length;
    }

    await using _server = await LineServer.open(port, take);
    using _stop = onStop(signal, () => writer.tryComplete());
    tell();
    await pipeline(reader)
      .map(entryOf)
      .batch({ size: 100, within: 500 })
      .forEach(store, { capacity: 1, onProgress: tell });
    log(`${counts.received} lines received, ${counts.stored} stored, ${counts.dropped} dropped`);
    return counts;
  };
}

function onStop(signal: AbortSignal, stop: () => void): Disposable {
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  return { [Symbol.dispose]: () => signal.removeEventListener("abort", stop) };
}

function numberIn(field: string, value: unknown, least: number): number {
  const isWhole = Number.isInteger(value) || value === Number.POSITIVE_INFINITY;
  if (typeof value === "number" && isWhole && value >= least) return value;
  throw new TypeError(`input.${field} is no whole number of at least ${least}`);
}
