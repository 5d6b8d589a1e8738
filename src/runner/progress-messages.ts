import type { Progress } from "../job/job-status.ts";
import { LineSplitter } from "./line-splitter.ts";
import { plainText } from "./plain-text.ts";
import { progressOf } from "./progress-update.ts";
import type { WrittenLines } from "./runner.ts";
import { thrownText } from "./thrown-text.ts";

/**
 * Reads what a program writes to its descriptor for progress: a JSON object a line, with the fields of
 * `ProgressUpdate`. What is none is counted and left out; of what comes in one go the newest is told.
 */
export class ProgressMessages {
  readonly #onProgress: (progress: Progress) => void;
  readonly #lines = new LineSplitter((lines) => this.#take(lines));
  #wrong = 0;
  #firstWrong = "";

  constructor(onProgress: (progress: Progress) => void) {
    this.#onProgress = onProgress;
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk);
  }

  end(): void {
    this.#lines.end();
  }

  /** What was wrong with what came, as one sentence; undefined where nothing was. */
  complaint(): string | undefined {
    if (this.#wrong === 0) return undefined;
    const lines = this.#wrong === 1 ? "1 line was" : `${this.#wrong} lines were`;
    return `${lines} no progress, the first: ${this.#firstWrong}`;
  }

  #take(lines: WrittenLines): void {
    let newest: Progress | undefined;
    lines.read(0, (text) => {
      if (text.trim() !== "") newest = this.#parse(text) ?? newest;
      return true;
    });
    if (newest !== undefined) this.#onProgress(newest);
  }

  #parse(text: string): Progress | undefined {
    try {
      return progressOf(JSON.parse(text));
    } catch (error) {
      this.#wrong++;
      if (this.#wrong === 1) this.#firstWrong = `${plainText(text, 100)} (${thrownText(error)})`;
      return undefined;
    }
  }
}
