import { type Channel, createBounded } from "../../channel/index.ts";
import type { LaneStats } from "../engine.ts";
import type { LaneOptions } from "./lane-options.ts";
import type { QueuedCommand } from "./queued-command.ts";
import { channelFull, evicted } from "./refusals.ts";

interface LaneHooks {
  /** How many commands may wait for room. */
  readonly maxWaiters: number;
  /** Called when a command has got its place. */
  readonly onAccepted: (entry: QueuedCommand) => void;
  /** Called when there may be something to read. */
  readonly onReadable: () => void;
}

interface FirstInChannel {
  readonly entry: QueuedCommand;
  readonly tokenWaitMs: number;
}

/** The commands of one priority: a bounded channel, and a bounded list of those who wait for room in it. */
export class Lane {
  readonly options: LaneOptions;
  readonly #hooks: LaneHooks;
  readonly #channel: Channel<QueuedCommand>;
  /**
   * What goes before the channel, first one first: accepted in an earlier life, or taken and given back. It has its
   * place whatever the capacity is now, and nothing throws it out.
   */
  readonly #head: QueuedCommand[] = [];
  /** Those who wait for room, longest first. Room goes to them before anybody else can take it. */
  readonly #waiting = new Set<QueuedCommand>();
  /** What the write that is going on threw out of the channel. */
  #dropped: QueuedCommand | undefined;
  /** How long the first in the channel had waited for a token before that write, which may throw it out. */
  #first: FirstInChannel | undefined;

  constructor(options: LaneOptions, hooks: LaneHooks) {
    const { capacity, fullMode } = options;
    this.options = options;
    this.#hooks = hooks;
    const onDropped = (entry: QueuedCommand) => {
      this.#dropped = entry;
    };
    this.#channel = createBounded<QueuedCommand>({ capacity, fullMode, onDropped });
  }

  get depth(): number {
    return this.#head.length + this.#channel.reader.count;
  }

  get waitingWriters(): number {
    return this.#waiting.size;
  }

  /** True where it holds something, and has no room for more. */
  get isFull(): boolean {
    return this.depth >= this.options.capacity && this.depth + this.waitingWriters > 0;
  }

  /** Accepts the command, lets it wait for room, or settles the one for which there is none. */
  enqueue(entry: QueuedCommand): void {
    this.#first = this.#evicts ? this.#firstInChannel() : undefined;
    if (this.#channel.writer.tryWrite(entry)) this.#written(entry);
    else if (this.#waiting.size < this.#hooks.maxWaiters) this.#waitForRoom(entry);
    else entry.refuse("dropped", channelFull(this.options));
  }

  /** Puts a command that was accepted before ahead of those that came in by `enqueue`. */
  putBack(entry: QueuedCommand): void {
    const index = this.#head.findLastIndex((other) => other.acceptOrder < entry.acceptOrder) + 1;
    this.#head.splice(index, 0, entry);
    this.#hooks.onReadable();
  }

  /** Takes a command out, from the lane or from the wait for room. False if it had left already. */
  withdraw(entry: QueuedCommand): boolean {
    if (this.#waiting.delete(entry)) return true;
    const index = this.#head.indexOf(entry);
    if (index >= 0) {
      this.#head.splice(index, 1);
      return true;
    }
    if (!this.#channel.reader.tryRemove(entry)) return false;
    this.#fillUp();
    return true;
  }

  tryRead(): QueuedCommand | undefined {
    const first = this.#head.shift();
    if (first !== undefined) return first;
    const entry = this.#channel.reader.tryRead();
    // At capacity 0 it comes straight from the one who waits longest.
    if (entry === undefined) return this.#shiftWaiting();
    this.#fillUp();
    return entry;
  }

  /** What `tryRead` would give. */
  tryPeek(): QueuedCommand | undefined {
    const [longest] = this.#waiting;
    return this.#oldest ?? longest;
  }

  /** Takes out everything, also what waits for room. */
  clear(): readonly QueuedCommand[] {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    const queued: QueuedCommand[] = [];
    for (let entry = this.tryRead(); entry !== undefined; entry = this.tryRead()) queued.push(entry);
    return [...queued, ...waiting];
  }

  stats(): Omit<LaneStats, "turnsInARow"> {
    const oldestAcceptedAtMs = this.#oldest?.acceptedAtMs;
    return { ...this.options, depth: this.depth, waitingWriters: this.waitingWriters, oldestAcceptedAtMs };
  }

  get #oldest(): QueuedCommand | undefined {
    return this.#head[0] ?? this.#channel.reader.tryPeek();
  }

  /** True where another write throws out what waits. */
  get #evicts(): boolean {
    const { capacity, fullMode } = this.options;
    const canEvict = fullMode === "drop-oldest" || fullMode === "drop-newest";
    return canEvict && this.#channel.reader.count >= capacity;
  }

  #firstInChannel(): FirstInChannel | undefined {
    const entry = this.#channel.reader.tryPeek();
    return entry && { entry, tokenWaitMs: entry.tokenWaitMs };
  }

  #written(entry: QueuedCommand): void {
    const dropped = this.#dropped;
    const first = this.#first;
    this.#dropped = undefined;
    this.#first = undefined;
    if (dropped === entry) {
      entry.refuse("dropped", channelFull(this.options));
      return;
    }
    dropped?.refuse("evicted", evicted(this.options), dropped === first?.entry ? first.tokenWaitMs : 0);
    this.#hooks.onAccepted(entry);
    this.#hooks.onReadable();
  }

  #waitForRoom(entry: QueuedCommand): void {
    entry.waitForRoom();
    this.#waiting.add(entry);
    this.#hooks.onReadable();
  }

  #fillUp(): void {
    const entry = this.#shiftWaiting();
    if (entry === undefined) return;
    this.#channel.writer.tryWrite(entry);
    this.#written(entry);
  }

  #shiftWaiting(): QueuedCommand | undefined {
    if (this.#waiting.size === 0) return undefined;
    const [longest] = this.#waiting;
    if (longest !== undefined) this.#waiting.delete(longest);
    return longest;
  }
}
