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

  constructor(onProgress: (progress: Progress) => void, onRest: (bytes: Buffer) => void) {
    this.#onProgress = onProgress;
    this.#onRest = onRest;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = nothing;
    let passed = 0;
    let newest: Progress | undefined;
    for (let start = this.#next(bytes, 0); start !== undefined; start = this.#next(bytes, start + 1)) {
      const end = endOfLine(bytes, start);
      if (end === undefined && bytes.length - start <= longestLine) {
        this.#held = Buffer.from(bytes.subarray(start));
        break;
      }
      if (end === undefined) continue;
      const progress = progressIn(bytes.toString("utf8", start, end));
      if (progress === undefined) continue;
      newest = progress;
      this.#pass(bytes.subarray(passed, start));
      passed = afterLineBreak(bytes, end);
    }
    this.#pass(bytes.subarray(passed, bytes.length - this.#held.length));
    this.#atLineStart = this.#held.length > 0 || passed === bytes.length || isLineBreak(bytes.at(-1));
    if (newest !== undefined) this.#onProgress(newest);
  }

  /** Nothing more comes: what is left is a line too. */
  end(): void {
    const held = this.#held;
    this.#held = nothing;
    const progress = progressIn(held.toString("utf8"));
    if (progress === undefined) this.#pass(held);
    else this.#onProgress(progress);
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
    return word.startsWith(bytes.toString("latin1", last)) ? last : undefined;
  }

  #pass(bytes: Buffer): void {
    if (bytes.length > 0) this.#onRest(bytes);
  }
}

const nothing = Buffer.alloc(0);
const word = "progress ";
/** In bytes; what is longer is no progress. */
const longestLine = 1024;

function progressIn(line: string): Progress | undefined {
  const match = /^progress (\d{1,15}(?:\.\d{1,15})?)\/(\d{1,15}(?:\.\d{1,15})?)(?:[ \t]+(.*))?$/.exec(
    line.trimEnd(),
  );
  if (match === null) return undefined;
  const [, current, total, text = ""] = match;
  return {
    current: Number(current),
    total: Number(total),
    unit: "",
    message: plainText(text, longestText),
    stage: "",
  };
}

function endOfLine(bytes: Buffer, start: number): number | undefined {
  const limit = Math.min(bytes.length, start + longestLine + 1);
  for (let at = start; at < limit; at++) if (isLineBreak(bytes[at])) return at;
  return undefined;
}

/** A CR at the very end may be half of a CR LF: the LF is then an empty line, which means nothing to who reads on. */
function afterLineBreak(bytes: Buffer, end: number): number {
  return bytes[end] === 0x0d && bytes[end + 1] === 0x0a ? end + 2 : end + 1;
}

function isLineBreak(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d;
}
