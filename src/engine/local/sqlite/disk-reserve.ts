import { randomBytes } from "node:crypto";
import { closeSync, fsyncSync, openSync, rmSync, statfsSync, statSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Room on the disk that is kept by a file of its own (`…-reserve`), so that what goes on can still be ended when the disk
 * is full: the file is given up then, and made again when there is room for it twice. Nothing here throws: what cannot
 * be had, or asked of the disk, is not there. So it takes nothing back of what was written before it is called.
 */
export class DiskReserve {
  readonly #path: string;
  readonly #size: number;

  constructor(file: string, size: number) {
    this.#path = `${file}-reserve`;
    this.#size = size;
  }

  /** Lets the room go. False where there was none. */
  release(): boolean {
    return orFalse(() => {
      const size = this.#keptBytes();
      rmSync(this.#path, { force: true });
      return size > 0;
    });
  }

  /** True where next to nothing is left on the disk. */
  get isDiskFull(): boolean {
    return orFalse(() => this.#freeBytes() < leastFreeBytes);
  }

  /** Keeps the room, if it can be had. */
  restore(): Restored {
    try {
      if (this.#keptBytes() >= this.#size) return "kept";
      if (this.#freeBytes() < 2 * this.#size) return "no-room";
      this.#fill();
      return "kept";
    } catch (error) {
      return isLackOfRoom(error) ? "no-room" : "failed";
    }
  }

  #keptBytes(): number {
    return statSync(this.#path, { throwIfNoEntry: false })?.size ?? 0;
  }

  #freeBytes(): number {
    const { bavail, bsize } = statfsSync(dirname(this.#path));
    return bavail * bsize;
  }

  #fill(): void {
    // Nothing that a file system could store in less room.
    const chunk = randomBytes(256 * 1024);
    const descriptor = openSync(this.#path, "w");
    try {
      for (let written = 0; written < this.#size; )
        written += writeSync(descriptor, chunk, 0, Math.min(chunk.length, this.#size - written));
      fsyncSync(descriptor);
    } catch (error) {
      // Others were faster. A part of a reserve would only be in the way.
      rmSync(this.#path, { force: true });
      throw error;
    } finally {
      closeSync(descriptor);
    }
  }
}

/** `failed`: for another reason than room, and so it says nothing of how full the disk is. */
export type Restored = "kept" | "no-room" | "failed";

function isLackOfRoom(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOSPC" || error.code === "EDQUOT");
}

function orFalse(attempt: () => boolean): boolean {
  try {
    return attempt();
  } catch {
    return false;
  }
}

const leastFreeBytes = 64 * 1024;
