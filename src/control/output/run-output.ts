import type { OutputLine, OutputSource } from "../../job/output-line.ts";
import type { WrittenLines } from "../../runner/runner.ts";
import type { OutputBatch } from "./output.ts";

export interface RunOutputOptions {
  /** The most lines that are kept. */
  readonly maxLines: number;
  /** The most memory that they take, in bytes. */
  readonly maxBytes: number;
}

/** What a reader gets who stands at a place. */
interface OutputStep {
  readonly from: number;
  readonly batch: OutputBatch;
}

/**
 * The newest lines of one run, in bounded memory: the oldest make room. Lines are numbered from 0 as they come,
 * whatever their source, and a reader is no more than the number of the line it wants next. Who falls behind is
 * told how many lines he missed; nothing waits for him.
 */
export class RunOutput {
  readonly runId: string;
  readonly #options: RunOutputOptions;
  /** Made for the first of them: most runs have none. */
  #readers: Set<() => void> | undefined;
  #pieces: Piece[] = [];
  /** The oldest line that is kept. */
  #first = 0;
  /** The line that will be written next. */
  #end = 0;
  #bytes = 0;
  /** The step that was made last, for all who stand where it begins. */
  #latest: OutputStep | undefined;

  constructor(runId: string, options: RunOutputOptions) {
    this.runId = runId;
    this.#options = options;
  }

  /** How many lines were written: the place behind the newest. */
  get end(): number {
    return this.#end;
  }

  /** The memory that the lines take. */
  get bytes(): number {
    return this.#bytes;
  }

  write(written: Omit<Piece, "first">): void {
    const { maxLines, maxBytes } = this.#options;
    this.#pieces.push({ ...written, first: this.#end });
    this.#end += written.lines.count;
    this.#bytes += memoryOf(written);
    this.#first = Math.max(this.#first, this.#end - maxLines);
    while (this.#pieces.length > 1 && (this.#bytes > maxBytes || this.#oldestIsOver())) this.#dropOldest();
    this.#wakeReaders();
  }

  /** Drops all that is kept. */
  clear(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#first = this.#end;
    this.#wakeReaders();
  }

  /** The lines from `from` on, as many as go into one message, but none from `end` on. Undefined: there are none. */
  read(from: number, end = this.#end): OutputBatch | undefined {
    if (from >= end) return undefined;
    const start = Math.min(Math.max(from, this.#first), end);
    const dropped = start - from;
    const latest = this.#latest;
    if (latest?.from === from && latest.batch.dropped === dropped && latest.batch.nextLine <= end)
      return latest.batch;
    const lines = this.#lines(start, end);
    const batch = { lines, dropped, nextLine: start + lines.length };
    if (lines.length > 0) this.#latest = { from, batch };
    return batch;
  }

  /** Has `wake` called whenever there may be something to read. Returns what ends it. */
  subscribe(wake: () => void): () => void {
    const readers = this.#readers ?? new Set();
    this.#readers = readers.add(wake);
    return () => {
      readers.delete(wake);
      if (readers.size === 0) this.#latest = undefined;
    };
  }

  #lines(start: number, end: number): OutputLine[] {
    const { runId } = this;
    const found: OutputLine[] = [];
    let room = largestBatchBytes;
    const oldest = this.#pieces.findLastIndex(({ first }) => first <= start);
    for (const { first, timeMs, source, lines } of this.#pieces.slice(Math.max(0, oldest))) {
      lines.read(start + found.length - first, (text) => {
        if (room <= 0 || start + found.length >= end) return false;
        found.push({ timeMs, source, text, runId });
        room -= Buffer.byteLength(text) + lineOverhead;
        return true;
      });
      if (room <= 0 || start + found.length >= end) break;
    }
    return found;
  }

  #oldestIsOver(): boolean {
    const [, second] = this.#pieces;
    return second !== undefined && second.first <= this.#first;
  }

  #dropOldest(): void {
    const oldest = this.#pieces.shift();
    if (oldest === undefined) return;
    this.#bytes -= memoryOf(oldest);
    this.#first = Math.max(this.#first, oldest.first + oldest.lines.count);
  }

  #wakeReaders(): void {
    for (const wake of this.#readers ?? []) wake();
  }
}

/** Lines that were written at once. */
interface Piece {
  /** The number of its first line. */
  readonly first: number;
  readonly timeMs: number;
  readonly source: OutputSource;
  readonly lines: WrittenLines;
}

/** What a piece takes besides its bytes, about. */
const pieceOverhead = 256;

function memoryOf({ lines }: Omit<Piece, "first">): number {
  return lines.bytes + pieceOverhead;
}

/** As much as a stream takes before it looks whether its client reads. */
const largestBatchBytes = 16 * 1024;
/** What a line takes in a message besides its text. */
const lineOverhead = 64;
