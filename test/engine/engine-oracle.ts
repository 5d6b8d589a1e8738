import type { FullMode } from "../../src/channel/index.ts";
import { deadlineMarginMs, type Priority } from "../../src/job/command.ts";

export interface OracleOptions {
  readonly capacity: number;
  readonly maxWaiters: number;
  readonly fullMode: FullMode;
}

export interface OracleCommand {
  readonly id: string;
  readonly priority: Priority;
  readonly forGood: boolean;
  /** From the start of the schedule. Unset: no deadline. */
  readonly deadlineMs: number | undefined;
}

type Entry = OracleCommand & { readonly dueMs: number };

interface OracleLane {
  queued: Entry[];
  waiting: Entry[];
}

/** What an engine should do with commands, in plain arrays: no promises, no timers, nothing clever. */
export class EngineOracle {
  readonly fates = new Map<string, string>();
  readonly #options: OracleOptions;
  readonly #lanes = new Map<Priority, OracleLane>();
  #taken: Entry[] = [];
  #nowMs = 0;

  constructor(options: OracleOptions) {
    this.#options = options;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  get waiting(): { depth: number; writers: number } {
    const lanes = [...this.#lanes.values()];
    return {
      depth: lanes.reduce((sum, { queued }) => sum + queued.length, 0),
      writers: lanes.reduce((sum, { waiting }) => sum + waiting.length, 0),
    };
  }

  submit(command: OracleCommand): void {
    const { capacity, maxWaiters, fullMode } = this.#options;
    const lane = this.#lane(command.priority);
    const remainingMs = (command.deadlineMs ?? Number.POSITIVE_INFINITY) - this.#nowMs;
    const entry = { ...command, dueMs: this.#nowMs + remainingMs - deadlineMarginMs(remainingMs) };
    if (lane.queued.length < capacity) lane.queued.push(entry);
    else if (fullMode === "wait" && lane.waiting.length < maxWaiters) lane.waiting.push(entry);
    else if (fullMode === "wait" || fullMode === "drop-write")
      this.fates.set(entry.id, "refused CHANNEL_FULL");
    else {
      const evicted = fullMode === "drop-newest" ? lane.queued.pop() : lane.queued.shift();
      if (evicted !== undefined) this.fates.set(evicted.id, "evicted COMMAND_EVICTED");
      lane.queued.push(entry);
    }
  }

  abort(id: string): void {
    for (const lane of this.#lanes.values()) {
      const entry = [...lane.queued, ...lane.waiting].find((other) => other.id === id);
      if (entry !== undefined) this.#end(lane, entry, "cancelled");
    }
  }

  advance(ms: number): void {
    this.#nowMs += ms;
    for (;;) {
      const lanes = [...this.#lanes.values()];
      const due = lanes
        .flatMap((lane) => [...lane.queued.filter(({ forGood }) => !forGood), ...lane.waiting])
        .filter(({ dueMs }) => dueMs <= this.#nowMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      if (due === undefined) return;
      this.#end(this.#lane(due.priority), due, "expired");
    }
  }

  /** The commands that may come next: the oldest of each lane. */
  get heads(): readonly string[] {
    return [...this.#lanes.values()].flatMap(({ queued, waiting }) => {
      const head = queued[0] ?? waiting[0];
      return head === undefined ? [] : [head.id];
    });
  }

  read(id: string): void {
    for (const lane of this.#lanes.values()) {
      const from = lane.queued.length > 0 ? lane.queued : lane.waiting;
      if (from[0]?.id !== id) continue;
      this.#taken.push(...from.splice(0, 1));
      this.#fillUp(lane);
    }
  }

  commit(): void {
    for (const { id } of this.#taken) this.fates.set(id, "applied");
    this.#taken = [];
  }

  dispose(): void {
    for (const { queued, waiting } of this.#lanes.values()) {
      for (const { id } of queued) this.fates.set(id, "drained DRAINING");
      for (const { id } of waiting) this.fates.set(id, "refused DRAINING");
    }
  }

  /** Who was accepted hears the fate by its ticket; who was not, by a refusal. */
  #end(lane: OracleLane, entry: Entry, outcome: "cancelled" | "expired"): void {
    const isQueued = lane.queued.includes(entry);
    if (isQueued && entry.forGood) return;
    lane.queued = lane.queued.filter((other) => other !== entry);
    lane.waiting = lane.waiting.filter((other) => other !== entry);
    this.fates.set(entry.id, `${isQueued ? outcome : "refused"} COMMAND_${outcome.toUpperCase()}`);
    this.#fillUp(lane);
  }

  #fillUp(lane: OracleLane): void {
    while (lane.queued.length < this.#options.capacity && lane.waiting.length > 0)
      lane.queued.push(...lane.waiting.splice(0, 1));
  }

  #lane(priority: Priority): OracleLane {
    const lane = this.#lanes.get(priority) ?? { queued: [], waiting: [] };
    this.#lanes.set(priority, lane);
    return lane;
  }
}
