import type { Progress } from "../../job/job-status.ts";

/**
 * The newest progress of a run, in shared memory. The writer never waits and never queues: of three slots one is the
 * writer's, one the reader's, and the third changes hands. So a loop can tell its progress a million times, and the
 * reader sees the newest whenever it looks, also while the loop goes on. There is one of each.
 */
export class ProgressMailbox {
  /** Which slot is nobody's, and whether it holds something that was not read. */
  readonly #shared: Int32Array;
  readonly #slots: readonly Slot[];
  /** The slot that only this side touches. */
  #own: number;

  constructor(memory: SharedArrayBuffer, side: "writer" | "reader") {
    this.#shared = new Int32Array(memory, 0, 1);
    this.#slots = [0, 1, 2].map((index) => new Slot(memory, headerBytes + index * slotBytes));
    // The memory begins with zeros: slot 0 is the one in between.
    this.#own = side === "writer" ? 1 : 2;
  }

  /** True where the reader has taken all that was there before, and has to be told that there is more. */
  write(progress: Progress): boolean {
    this.#slots[this.#own]?.write(JSON.stringify(progress));
    return !this.#exchange(unread);
  }

  /** Undefined where there is nothing new. */
  read(): Progress | undefined {
    if ((Atomics.load(this.#shared, 0) & unread) === 0) return undefined;
    this.#exchange(0);
    return JSON.parse(this.#slots[this.#own]?.read() ?? "") as Progress;
  }

  /** Puts the own slot in between, and takes the one that is there. True where that one was not read. */
  #exchange(mark: number): boolean {
    const before = Atomics.exchange(this.#shared, 0, this.#own | mark);
    this.#own = before & slotNumber;
    return (before & unread) !== 0;
  }
}

class Slot {
  readonly #length: Int32Array;
  readonly #bytes: Buffer;

  constructor(memory: SharedArrayBuffer, offset: number) {
    this.#length = new Int32Array(memory, offset, 1);
    this.#bytes = Buffer.from(memory, offset + 4, slotBytes - 4);
  }

  write(text: string): void {
    this.#length[0] = this.#bytes.write(text);
  }

  read(): string {
    return this.#bytes.toString("utf8", 0, this.#length[0]);
  }
}

const headerBytes = 4;
/** Three texts of 256 characters of three bytes each, two numbers, and the names. */
const slotBytes = 4 * 1024;

/** The memory that a mailbox takes. */
export const mailboxBytes = headerBytes + 3 * slotBytes;

const slotNumber = 0b011;
const unread = 0b100;
