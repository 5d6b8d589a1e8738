/**
 * The end of what a program wrote, in bounded memory however much that is. It takes in every chunk at once, so
 * that the program never waits for a reader.
 */
export class OutputTail {
  readonly #longest: number;
  #bytes = Buffer.alloc(0);
  #length = 0;
  #complete = true;

  /** Keeps the last `longest` bytes. */
  constructor(longest: number) {
    this.#longest = longest;
  }

  push(chunk: Buffer): void {
    const kept = chunk.subarray(Math.max(0, chunk.length - this.#longest));
    if (this.#length + chunk.length > this.#longest) this.#complete = false;
    this.#makeRoom(kept.length);
    kept.copy(this.#bytes, this.#length);
    this.#length += kept.length;
  }

  /** All that was written, or undefined where that was more than is kept, or not UTF-8. */
  whole(): string | undefined {
    if (!this.#complete) return undefined;
    try {
      return new TextDecoder("utf-8", { fatal: true }).decode(this.#kept());
    } catch {
      // Not UTF-8: a program may write what it likes.
      return undefined;
    }
  }

  /** The last line that is not blank, with U+FFFD for what is not UTF-8; empty where there is none. */
  lastLine(): string {
    const lines = this.#kept()
      .toString("utf8")
      .split(/[\r\n]+/);
    return lines.findLast((line) => line.trim() !== "") ?? "";
  }

  #kept(): Buffer {
    return this.#bytes.subarray(Math.max(0, this.#length - this.#longest), this.#length);
  }

  /** The buffer doubles up to twice of what is kept; then its end moves to the front once in a while. */
  #makeRoom(size: number): void {
    const needed = this.#length + size;
    if (needed <= this.#bytes.length) return;
    const kept = this.#kept();
    const capacity = Math.min(Math.max(needed, this.#bytes.length * 2), this.#longest * 2);
    const bytes = capacity > this.#bytes.length ? Buffer.allocUnsafeSlow(capacity) : this.#bytes;
    kept.copy(bytes);
    this.#length = kept.length;
    this.#bytes = bytes;
  }
}
