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

/** The commands of one priority: a bounded channel, and a bounded list of those who wait for room in it. */
export class Lane {
  readonly options: LaneOptions;
  readonly #hooks: LaneHooks;
  readonly #channel: Channel<QueuedCommand>;
  /** Those who wait for room, and what ends their wait. */
  readonly #waiting = new Map<QueuedCommand, AbortController>();
  /** What the write that is going on threw out of the channel. */
  #dropped: QueuedCommand | undefined;

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
    return this.#channel.reader.count;
  }

  get waitingWriters(): number {
    return this.#waiting.size;
  }

  /** Resolves when the command is in the lane, or was refused or withdrawn on the way. */
  enqueue(entry: QueuedCommand): Promise<void> | undefined {
    if (!this.#channel.writer.tryWrite(entry)) return this.#waitForRoom(entry);
    const dropped = this.#dropped;
    this.#dropped = undefined;
    if (dropped === entry) {
      entry.refuse("dropped", channelFull(this.options));
      return undefined;
    }
    dropped?.refuse("evicted", evicted(this.options));
    this.#accepted(entry);
    return undefined;
  }

  /** Takes a command out, from the lane or from the wait for room. False if it had left already. */
  withdraw(entry: QueuedCommand): boolean {
    if (this.#channel.reader.tryRemove(entry)) return true;
    const wait = this.#waiting.get(entry);
    wait?.abort();
    return wait !== undefined;
  }

  tryRead(): QueuedCommand | undefined {
    const entry = this.#channel.reader.tryRead();
    // At capacity 0 it comes straight from the waiting writer.
    if (entry !== undefined) this.#waiting.delete(entry);
    return entry;
  }

  stats(): LaneStats {
    return { ...this.options, depth: this.depth, waitingWriters: this.waitingWriters };
  }

  async #waitForRoom(entry: QueuedCommand): Promise<void> {
    if (this.#waiting.size >= this.#hooks.maxWaiters)
      return entry.refuse("dropped", channelFull(this.options));
    const wait = new AbortController();
    entry.waitForRoom();
    this.#waiting.set(entry, wait);
    const written = this.#channel.writer.write(entry, { signal: wait.signal });
    this.#hooks.onReadable();
    try {
      await written;
    } catch {
      // Withdrawn: whoever withdrew it settles it.
      return;
    } finally {
      this.#waiting.delete(entry);
    }
    this.#accepted(entry);
  }

  #accepted(entry: QueuedCommand): void {
    this.#hooks.onAccepted(entry);
    this.#hooks.onReadable();
  }
}
