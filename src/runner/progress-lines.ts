import type { Progress } from "../job/job-status.ts";
import { plainText } from "./plain-text.ts";
import { longestText } from "./progress-update.ts";

/**
 * Takes the lines `progress 3/10 text` out of what a program writes to its stdout, in whatever pieces that comes. All
 * other bytes are passed on as they are, so that such lines are neither result nor message. A flood costs a search for
 * one word.
 */
export class ProgressLines {
  readonly #onProgress: (progress: Progress) => void;
  readonly #onRest: (bytes: Buffer) => void;
  /** The beginning of a line that may be progress, when the rest of it has come. */
  #held: Buffer = nothing;
  #atLineStart = true;
  /** True where the last bytes were progress that ended at a CR: an LF that comes next belongs to it. */
  #afterReturn = false;

  constructor(onProgress: (progress: Progress) => void, onRest: (bytes: Buffer) => void) {
    this.#onProgress = onProgress;
    this.#onRest = onRest;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const fresh = this.#afterReturn && chunk[0] === 0x0a ? chunk.subarray(1) : chunk;
    this.#afterReturn = false;
    this.#take(this.#held.length === 0 ? fresh : Buffer.concat([this.#held, fresh]));
  }

  #take(bytes: Buffer): void {
    this.#held = nothing;
    let passed = 0;
    let newest: { start: number; end: number } | undefined;
    for (let start = this.#next(bytes, 0); start !== undefined; start = this.#next(bytes, start + 1)) {
      const end = endOfLine(bytes, start);
      if (end === undefined && bytes.length - start <= longestLine) {
        this.#held = Buffer.from(bytes.subarray(start));
        break;
      }
      if (end === undefined) continue;
      if (!isProgress(bytes, start, end)) continue;
      newest = { start, end };
      if (passed < start) this.#onRest(bytes.subarray(passed, start));
      passed = afterLineBreak(bytes, end);
    }
    this.#pass(bytes.subarray(passed, bytes.length - this.#held.length));
    this.#atLineStart = this.#held.length > 0 || passed === bytes.length || isLineBreak(bytes.at(-1));
    this.#afterReturn = newest?.end === bytes.length - 1 && bytes[newest.end] === 0x0d;
    if (newest !== undefined) this.#onProgress(progressIn(bytes.subarray(newest.start, newest.end)));
  }

  /** Nothing more comes: what is left is a line too. */
  end(): void {
    const held = this.#held;
    this.#held = nothing;
    if (isProgress(held, 0, held.length)) this.#onProgress(progressIn(held));
    else this.#pass(held);
  }

  /** The first line from `from` on that begins like progress, also one of which only the first letters are there. */
  #next(bytes: Buffer, from: number): number | undefined {
    const isStart = (at: number) => (at === 0 ? this.#atLineStart : isLineBreak(bytes[at - 1]));
    for (let at = bytes.indexOf(word, from); at >= 0; at = bytes.indexOf(word, at + 1)) {
      if (isStart(at)) return at;
    }
    const last = Math.max(bytes.lastIndexOf("\n"), bytes.lastIndexOf("\r")) + 1;
    const length = bytes.length - last;
    if (last < from || length === 0 || length >= word.length || !isStart(last)) return undefined;
    return word.subarray(0, length).equals(bytes.subarray(last)) ? last : undefined;
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#onRest(bytes);
  }
}

const nothing = Buffer.alloc(0);
const word = Buffer.from("progress ");
/** In bytes; what is longer is no progress. */
const longestLine = 1024;

/** Looks at the bytes alone: of the many lines of a flood only one is worth a text. */
function isProgress(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= word.length) return false;
  const slash = afterNumber(bytes, start + word.length);
  if (slash === start + word.length || bytes[slash] !== 0x2f) return false;
  const rest = afterNumber(bytes, slash + 1);
  return rest > slash + 1 && (rest === end || bytes[rest] === 0x20 || bytes[rest] === 0x09);
}

/** Where the number that begins at `start` ends; `start` itself where none does. */
function afterNumber(bytes: Buffer, start: number): number {
  const whole = afterDigits(bytes, start);
  if (whole === start || bytes[whole] !== 0x2e) return whole;
  const fraction = afterDigits(bytes, whole + 1);
  return fraction > whole + 1 ? fraction : start;
}

function afterDigits(bytes: Buffer, start: number): number {
  let at = start;
  while (at < start + mostDigits && isDigit(bytes[at])) at++;
  return at;
}

const mostDigits = 15;

function isDigit(byte = 0): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Of a line that is progress. */
function progressIn(line: Buffer): Progress {
  const [numbers = "", ...words] = line.toString("utf8", word.length).split(/[ \t]/);
  const [current, total] = numbers.split("/");
  const message = plainText(words.join(" "), longestText);
  return { current: Number(current), total: Number(total), unit: "", message, stage: "" };
}

function endOfLine(bytes: Buffer, start: number): number | undefined {
  const limit = Math.min(bytes.length, start + longestLine + 1);
  for (let at = start; at < limit; at++) if (isLineBreak(bytes[at])) return at;
  return undefined;
}

function afterLineBreak(bytes: Buffer, end: number): number {
  return bytes[end] === 0x0d && bytes[end + 1] === 0x0a ? end + 2 : end + 1;
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}
