/**
 * What a channel should do, told with plain arrays and no regard for speed: the oracle of the model test.
 * It knows nothing of promises: each call that may wait has a number, and `outcomes` says what became of it.
 */

export interface Item {
  readonly rank: number;
  readonly n: number;
}

export interface ModelOptions {
  readonly capacity: number;
  readonly fullMode: "wait" | "drop-write" | "drop-newest" | "drop-oldest";
  readonly prioritized: boolean;
}

export type Outcome =
  | "pending"
  | "done"
  | "true"
  | "false"
  | "closed"
  | "failed"
  | "aborted"
  | "end"
  | `item ${number}`;

/** How a call ends when the channel is completed, without an error and with one. */
interface Endings {
  readonly completed: Outcome;
  readonly failed: Outcome;
}

interface Call {
  readonly id: number;
  readonly item?: Item;
  /** It goes on after an item: a `forEach`. */
  readonly goesOn?: boolean;
  readonly endings: Endings;
}

const refusal: Endings = { completed: "closed", failed: "closed" };
const loopEnd: Endings = { completed: "done", failed: "failed" };
const lastStep: Endings = { completed: "end", failed: "failed" };
const never: Endings = { completed: "false", failed: "failed" };

export class ChannelModel {
  readonly outcomes: Outcome[] = [];
  readonly dropped: number[] = [];
  /** What each `forEach` has handled: its number, and the item's. */
  readonly handled: [number, number][] = [];
  completion: Outcome = "pending";
  buffer: Item[] = [];
  #writes: Call[] = [];
  #reads: Call[] = [];
  #waitsToRead: Call[] = [];
  #waitsToWrite: Call[] = [];
  #end: keyof Endings | undefined;
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  tryWrite(item: Item): boolean {
    if (this.#end !== undefined) return false;
    const { capacity, fullMode } = this.#options;
    const reader = this.#reads.shift();
    if (reader?.goesOn) {
      this.handled.push([reader.id, item.n]);
      this.#handleAll(reader);
    } else if (reader !== undefined) {
      this.outcomes[reader.id] = `item ${item.n}`;
    } else if (this.buffer.length < capacity) {
      this.#insert(item);
      this.#wake(this.#waitsToRead.splice(0));
    } else if (fullMode === "wait") {
      return false;
    } else {
      const contenders = [...this.buffer, item];
      const victim =
        fullMode === "drop-oldest"
          ? 0
          : Math.max(0, contenders.length - (fullMode === "drop-newest" ? 2 : 1));
      this.dropped.push(...contenders.splice(victim, 1).map(({ n }) => n));
      this.buffer = contenders;
    }
    return true;
  }

  write(item: Item): void {
    const call = { id: this.#call("done"), item, endings: refusal };
    if (this.tryWrite(item)) return;
    this.#waitIn(this.#writes, call);
    if (this.#end === undefined) this.#wake(this.#waitsToRead.splice(0));
  }

  waitToWrite(): void {
    const id = this.#call("true");
    const { capacity, fullMode } = this.#options;
    const possible = this.buffer.length < capacity || fullMode !== "wait" || this.#reads.length > 0;
    if (this.#end !== undefined || !possible) this.#waitIn(this.#waitsToWrite, { id, endings: never });
  }

  tryRead(): Item | undefined {
    const item = this.buffer.shift();
    if (item === undefined) return this.#takeFromWriter();
    this.#madeRoom();
    return item;
  }

  tryPeek(): Item | undefined {
    return this.buffer[0] ?? this.#writes[0]?.item;
  }

  tryRemove(n: number): boolean {
    const index = this.buffer.findIndex((item) => item.n === n);
    if (index < 0) return false;
    this.buffer.splice(index, 1);
    this.#madeRoom();
    return true;
  }

  read(): void {
    this.#read(refusal);
  }

  readStep(): void {
    this.#read(lastStep);
  }

  forEach(): void {
    this.#handleAll({ id: this.#call("pending"), goesOn: true, endings: loopEnd });
  }

  waitToRead(): void {
    const id = this.#call("true");
    if (this.buffer.length === 0 && this.#writes.length === 0)
      this.#waitIn(this.#waitsToRead, { id, endings: never });
  }

  complete(failed: boolean): boolean {
    if (this.#end !== undefined) return false;
    this.#end = failed ? "failed" : "completed";
    this.#settleIfDrained();
    for (const line of [this.#reads, this.#writes, this.#waitsToRead, this.#waitsToWrite]) {
      for (const call of line.splice(0)) this.outcomes[call.id] = call.endings[this.#end];
    }
    return true;
  }

  /** The call's signal fires, which only matters while it waits. */
  abort(id: number): void {
    if (this.outcomes[id] !== "pending") return;
    this.outcomes[id] = "aborted";
    const others = (call: Call): boolean => call.id !== id;
    this.#reads = this.#reads.filter(others);
    this.#writes = this.#writes.filter(others);
    this.#waitsToRead = this.#waitsToRead.filter(others);
    this.#waitsToWrite = this.#waitsToWrite.filter(others);
  }

  /** A call whose signal had fired before. */
  refuse(): void {
    this.#call("aborted");
  }

  #call(outcome: Outcome): number {
    return this.outcomes.push(outcome) - 1;
  }

  #waitIn(line: Call[], call: Call): void {
    if (this.#end === undefined) line.push(call);
    this.outcomes[call.id] = this.#end === undefined ? "pending" : call.endings[this.#end];
  }

  #wake(calls: readonly Call[]): void {
    for (const { id } of calls) this.outcomes[id] = "true";
  }

  #read(endings: Endings): void {
    const id = this.#call("pending");
    const item = this.tryRead();
    if (item !== undefined) {
      this.outcomes[id] = `item ${item.n}`;
      return;
    }
    this.#waitToTake({ id, endings });
  }

  #handleAll(loop: Call): void {
    for (let item = this.tryRead(); item !== undefined; item = this.tryRead()) {
      this.handled.push([loop.id, item.n]);
    }
    this.#waitToTake(loop);
  }

  #waitToTake(call: Call): void {
    this.#waitIn(this.#reads, call);
    if (this.#end === undefined) this.#wake(this.#waitsToWrite.splice(0));
  }

  #insert(item: Item): void {
    const later = this.buffer.findIndex(({ rank }) => rank > item.rank);
    if (!this.#options.prioritized || later < 0) this.buffer.push(item);
    else this.buffer.splice(later, 0, item);
  }

  #takeFromWriter(): Item | undefined {
    const write = this.#writes.shift();
    if (write !== undefined) this.outcomes[write.id] = "done";
    return write?.item;
  }

  #madeRoom(): void {
    this.#settleIfDrained();
    const item = this.#takeFromWriter();
    if (item !== undefined) this.#insert(item);
    else if (this.#end === undefined) this.#wake(this.#waitsToWrite.splice(0));
  }

  #settleIfDrained(): void {
    if (this.#end === undefined || this.buffer.length > 0) return;
    this.completion = this.#end === "failed" ? "failed" : "done";
  }
}
