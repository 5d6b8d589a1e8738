import { plainLine } from "./plain-text.ts";
import type { WrittenLines } from "./runner.ts";

/**
 * Makes lines of the bytes that a program writes, in whatever pieces they come. It only looks for where lines
 * end; what many of them say is read from the bytes when somebody asks, so that a flood costs a look at each byte
 * and no more. A line ends at LF, CR LF or CR; one that is too long is cut into several.
 */
export class LineSplitter {
  readonly #onLines: (lines: WrittenLines) => void;
  /** What there is of a line that has not ended. */
  #rest: Buffer = nothing;
  /** True where the last line ended at a CR: an LF that comes next belongs to the same end. */
  #afterReturn = false;

  /** `onLines` is called, during `push` and `end`, with the lines that they complete. */
  constructor(onLines: (lines: WrittenLines) => void) {
    this.#onLines = onLines;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const fresh = this.#afterReturn && chunk[0] === lineFeed ? chunk.subarray(1) : chunk;
    const bytes = this.#rest.length === 0 ? fresh : Buffer.concat([this.#rest, fresh]);
    let count = 0;
    let start = 0;
    for (let end = endOfLine(bytes, 0); end < bytes.length; end = endOfLine(bytes, start)) {
      count++;
      start = startAfter(bytes, end);
    }
    this.#afterReturn = bytes.at(-1) === carriageReturn;
    this.#rest = start < bytes.length ? alone(bytes.subarray(start)) : nothing;
    if (count > 0) this.#onLines(linesIn(bytes.subarray(0, start), count));
  }

  /** Nothing more comes: what is left is a line too. */
  end(): void {
    const rest = this.#rest;
    this.#rest = nothing;
    if (rest.length > 0) this.#onLines(linesIn(rest, 1));
  }
}

/** A line of more bytes than this is cut. */
export const longestLine = 8192;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const nothing = Buffer.alloc(0);

/** Less than this, in bytes, is read at once: to keep a buffer for it would take several times its memory. */
const smallest = 1024;

function linesIn(bytes: Buffer, count: number): WrittenLines {
  return bytes.length < smallest
    ? new TextLines(new ByteLines(bytes, count))
    : new ByteLines(alone(bytes), count);
}

/** Some whole lines, as the bytes that were written. */
class ByteLines implements WrittenLines {
  readonly #bytes: Buffer;
  readonly count: number;

  constructor(bytes: Buffer, count: number) {
    this.#bytes = bytes;
    this.count = count;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  read(from: number, visit: (text: string) => boolean): void {
    const bytes = this.#bytes;
    let start = 0;
    for (let line = 0; start < bytes.length; line++) {
      const end = endOfLine(bytes, start);
      if (line >= from && !visit(plainLine(bytes.toString("utf8", start, end)))) return;
      start = startAfter(bytes, end);
    }
  }
}

/** The same, already read. */
class TextLines implements WrittenLines {
  readonly #texts: readonly string[];
  readonly bytes: number;

  constructor(lines: WrittenLines) {
    const texts: string[] = [];
    lines.read(0, (text) => texts.push(text) > 0);
    // A copy has no room for more.
    this.#texts = texts.slice();
    this.bytes = lines.bytes;
  }

  get count(): number {
    return this.#texts.length;
  }

  read(from: number, visit: (text: string) => boolean): void {
    for (let line = from; line < this.#texts.length; line++) {
      const text = this.#texts[line];
      if (text === undefined || !visit(text)) return;
    }
  }
}

/** The same bytes in memory of their own: lines are kept long, and must not keep the pool or chunk that they are from. */
function alone(bytes: Buffer): Buffer {
  if (bytes.buffer.byteLength <= 2 * bytes.length) return bytes;
  const copy = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(copy);
  return copy;
}

/** Where the line that begins at `start` ends: at its line break, where it is cut, or with the bytes. */
function endOfLine(bytes: Buffer, start: number): number {
  const limit = Math.min(bytes.length, start + longestLine + 1);
  for (let at = start; at < limit; at++) {
    if (isLineBreak(bytes[at])) return at;
  }
  return limit <= start + longestLine ? limit : cutBefore(bytes, start + longestLine);
}

/** Where the next line begins. */
function startAfter(bytes: Buffer, end: number): number {
  if (!isLineBreak(bytes[end])) return end;
  return bytes[end] === carriageReturn && bytes[end + 1] === lineFeed ? end + 2 : end + 1;
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === lineFeed || byte === carriageReturn;
}

/** The last place up to `at` that is not inside a character; `at` itself where it is not UTF-8. */
function cutBefore(bytes: Buffer, at: number): number {
  for (let cut = at; cut > at - 4; cut--) {
    if (!isContinuation(bytes[cut])) return cut;
  }
  return at;
}

function isContinuation(byte = 0): boolean {
  return (byte & 0xc0) === 0x80;
}
