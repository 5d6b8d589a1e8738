import { LinkedList } from "../../async/linked-list.ts";
import { PassingMap } from "../../async/passing-map.ts";
import { WakeUp } from "../../async/wake-up.ts";
import { type Command, priorities } from "../../job/command.ts";
import type { CommandQueue, Delivery, LaneStats, WaitToReadOptions } from "../engine.ts";
import { mostTurnsInARow } from "../lane-turns.ts";
import { Lane } from "./lane.ts";
import type { LaneOptions } from "./lane-options.ts";
import type { QueuedCommand } from "./queued-command.ts";
import { channelFull } from "./refusals.ts";

export interface LanesOptions {
  /** One for each priority, best first. */
  readonly lanes: readonly LaneOptions[];
  /** How many commands may wait for room in each lane of mode `wait`. */
  readonly maxWaiters: number;
}

/**
 * The four lanes, as the consumer reads them: the best command first, yet none of them starves. Commands come
 * in through `enqueue`, and can be withdrawn until they are read.
 */
export class Lanes implements CommandQueue {
  readonly #lanes: readonly Lane[];
  /** How many a lane has given in a row while a lower one waited. */
  readonly #inARow: number[];
  /** One for each wait to read that is going on. */
  readonly #readers = new Set<WaitingReader>();
  /** Commands that were read and put back, longest first. */
  readonly #aside = new Set<QueuedCommand>();
  readonly #maxAside: number;
  /** Starts that wait, by job: a Stop overtakes them. */
  readonly #starts = new PassingMap<string, Set<QueuedCommand>>();
  /** What was read and is not settled yet. */
  readonly #taken = new LinkedList<QueuedCommand>();
  /** Counts acceptances, and the times that a command was taken, in one order. */
  #order = 0;
  #accepted = 0;
  #completed = false;

  constructor({ lanes, maxWaiters }: LanesOptions) {
    const onAccepted = (entry: QueuedCommand) => this.#accept(entry);
    const onReadable = () => this.#wakeReaders();
    this.#lanes = lanes.map((options) => new Lane(options, { maxWaiters, onAccepted, onReadable }));
    this.#inARow = lanes.map(() => 0);
    this.#maxAside = maxWaiters;
  }

  /** How many commands have ever got a place, or were taken straight from those that wait for one. */
  get accepted(): number {
    return this.#accepted;
  }

  get count(): number {
    let count = 0;
    for (const lane of this.#lanes) count += countOf(lane);
    return count;
  }

  get asideCount(): number {
    return this.#aside.size;
  }

  /** What the leader has taken and not settled. */
  get taken(): readonly QueuedCommand[] {
    return [...this.#taken];
  }

  /** Takes a command into its lane, lets it wait for room, or settles it where neither is possible. */
  enqueue(entry: QueuedCommand): void {
    this.#rememberStart(entry);
    this.#laneOf(entry).enqueue(entry);
  }

  /** Refuses a command as if its lane were full. */
  turnAway(entry: QueuedCommand): void {
    entry.refuse("dropped", channelFull(this.#laneOf(entry).options));
  }

  /** Takes in commands that were accepted before, in their order; they have their places whatever the bounds. */
  restore(commands: readonly (readonly [entry: QueuedCommand, acceptTimeMs: number])[]): void {
    for (const [entry, acceptTimeMs] of commands) {
      entry.restore(++this.#order, acceptTimeMs);
      this.#putBack(entry);
    }
  }

  giveBack(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) {
      const entry = delivery as QueuedCommand;
      this.#untake(entry);
      this.#putBack(entry);
      // Its caller may have gone meanwhile: then it leaves the lane at once.
      entry.giveBack();
    }
  }

  /** Takes a command out again, wherever it waits. False if it had left already. */
  withdraw(entry: QueuedCommand): boolean {
    return this.#aside.delete(entry) || this.#laneOf(entry).withdraw(entry);
  }

  /** To be told of every command that is settled: it is taken no more, and no Stop overtakes it. */
  forget(entry: QueuedCommand): void {
    this.#untake(entry);
    this.#forgetStart(entry);
  }

  tryRead(): Delivery | undefined {
    const turn = this.#turn();
    const entry = this.#lanes[turn]?.tryRead();
    if (entry === undefined) return undefined;
    this.#countTurn(turn);
    this.#take(entry);
    return entry;
  }

  tryPeek(): Delivery | undefined {
    return this.#lanes[this.#turn()]?.tryPeek();
  }

  setAside(delivery: Delivery): boolean {
    if (this.#aside.size >= this.#maxAside) return false;
    this.putAside(delivery as QueuedCommand);
    return true;
  }

  /** Takes back what the leader had taken, to be read with what was set aside, however much that is. */
  putAside(entry: QueuedCommand): void {
    this.#untake(entry);
    this.#aside.add(entry);
    this.#rememberStart(entry);
    entry.giveBack();
  }

  tryReadAside(ready: (command: Command) => boolean): Delivery | undefined {
    for (const entry of this.#aside) {
      if (!ready(entry.command)) continue;
      this.#aside.delete(entry);
      this.#take(entry);
      return entry;
    }
    return undefined;
  }

  takeSuperseded(by: Delivery): readonly Delivery[] {
    const { command, acceptOrder } = by as QueuedCommand;
    const starts = "jobId" in command ? [...(this.#starts.get(command.jobId) ?? [])] : [];
    const superseded = starts.filter((start) => start.acceptedBefore(acceptOrder) && this.withdraw(start));
    for (const start of superseded) this.#take(start);
    return superseded;
  }

  async waitToRead({ atLeast = 1, signal }: WaitToReadOptions = {}): Promise<boolean> {
    signal?.throwIfAborted();
    const reader: WaitingReader = { atLeast, wakeUp: new WakeUp() };
    this.#readers.add(reader);
    try {
      while (!this.#holds(reader)) {
        if (this.#completed) return false;
        await reader.wakeUp.wait({ signal });
      }
      return true;
    } finally {
      this.#readers.delete(reader);
    }
  }

  /** Takes out everything that still waits; nothing more will come. */
  complete(): readonly QueuedCommand[] {
    this.#completed = true;
    const left = [...this.#aside, ...this.#lanes.flatMap((lane) => lane.clear())];
    this.#aside.clear();
    this.#wakeReaders();
    return left;
  }

  stats(): readonly LaneStats[] {
    return this.#lanes.map((lane, at) => ({ ...lane.stats(), turnsInARow: this.#inARow[at] ?? 0 }));
  }

  /** Which lane gives next: the best that has something, with a turn for a lower one after eight in a row. */
  #turn(): number {
    return this.#lanes.findIndex(
      (lane, at) => countOf(lane) > 0 && ((this.#inARow[at] ?? 0) < mostTurnsInARow || !this.#waitsBelow(at)),
    );
  }

  /** This lane has had a turn; any better one that had to let it pass begins to count anew. */
  #countTurn(turn: number): void {
    for (let at = 0; at < turn; at++) this.#inARow[at] = 0;
    this.#inARow[turn] = this.#waitsBelow(turn) ? (this.#inARow[turn] ?? 0) + 1 : 0;
  }

  #waitsBelow(turn: number): boolean {
    return this.#lanes.some((lower, at) => at > turn && countOf(lower) > 0);
  }

  #wakeReaders(): void {
    for (const reader of this.#readers) if (this.#completed || this.#holds(reader)) reader.wakeUp.wake();
  }

  #holds({ atLeast }: WaitingReader): boolean {
    return this.count >= atLeast || this.#lanes.some((lane) => lane.isFull);
  }

  #take(entry: QueuedCommand): void {
    this.#forgetStart(entry);
    entry.takenAt = this.#taken.push(entry);
    this.#accept(entry);
    entry.take();
  }

  #untake(entry: QueuedCommand): void {
    if (entry.takenAt !== undefined) this.#taken.remove(entry.takenAt);
    entry.takenAt = undefined;
  }

  #accept(entry: QueuedCommand): void {
    if (entry.acceptOrder === 0) this.#accepted++;
    entry.accept(++this.#order);
  }

  #putBack(entry: QueuedCommand): void {
    this.#rememberStart(entry);
    this.#laneOf(entry).putBack(entry);
  }

  #laneOf({ command }: QueuedCommand): Lane {
    const lane = this.#lanes[priorities.indexOf(command.priority)];
    if (lane === undefined) throw new RangeError(`No lane for priority: ${command.priority}`);
    return lane;
  }

  #rememberStart(entry: QueuedCommand): void {
    if (entry.command.kind !== "start") return;
    const starts = this.#starts.get(entry.command.jobId) ?? new Set();
    this.#starts.set(entry.command.jobId, starts.add(entry));
  }

  #forgetStart(entry: QueuedCommand): void {
    if (entry.command.kind !== "start") return;
    const { jobId } = entry.command;
    const starts = this.#starts.get(jobId);
    if (starts?.delete(entry) && starts.size === 0) this.#starts.delete(jobId);
  }
}

/** Who waits until there are so many commands to read. */
interface WaitingReader {
  readonly atLeast: number;
  readonly wakeUp: WakeUp;
}

/** Only a full lane has commands that wait for room, so whatever counts can be read. */
function countOf({ depth, waitingWriters }: Lane): number {
  return depth + waitingWriters;
}
