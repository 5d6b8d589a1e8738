import type { Job } from "../../job/job.ts";
import type { Slot } from "../../job/job-event.ts";
import { hasRun } from "../../job/job-state.ts";
import type { JobType } from "../../job/job-type.ts";

/**
 * How many runs of each type go on, and which jobs wait for one of them to end, in the order in which they came.
 * It follows the jobs as the supervisor stages them (`moved`), also backwards when a batch is rolled back, and so
 * never knows anything of its own that could differ from them.
 */
export class Slots {
  readonly #ofType = new Map<string, TypeSlots>();

  /** Whether another run of the type may begin now, or else whether a job may wait for it. */
  slotFor({ name, concurrency, queue }: JobType): Slot {
    const { taken, waiting } = this.#of(name);
    if (concurrency === undefined) return { kind: "free" };
    if (taken < concurrency && waiting.length === 0) return { kind: "free" };
    const hasRoom = waiting.length < queue.capacity || (queue.capacity > 0 && evicts(queue.fullMode));
    return hasRoom
      ? { kind: "taken", ahead: waiting.length }
      : { kind: "queueFull", capacity: queue.capacity };
  }

  /**
   * A job whose run was lost has its turn again: its own slot is free for it, it does not line up behind those that
   * wait, and where slots have become fewer it waits however full the queue is.
   */
  slotAgainFor({ status }: Job, { name, concurrency = Number.POSITIVE_INFINITY }: JobType): Slot {
    const { taken, waiting } = this.#of(name);
    const byOthers = hasRun(status.state) ? taken - 1 : taken;
    return byOthers < concurrency ? { kind: "free" } : { kind: "taken", ahead: waiting.length };
  }

  load({ name }: JobType): TypeLoad {
    const { taken, waiting } = this.#of(name);
    return { running: taken, pending: waiting.length };
  }

  /** The job whose turn it is, if its type has a slot for it. */
  next({ name, concurrency = Number.POSITIVE_INFINITY }: JobType): string | undefined {
    const { taken, waiting } = this.#of(name);
    return taken < concurrency ? waiting[0]?.jobId : undefined;
  }

  /** The job that has to make room, where the last one to come was one too many. */
  evicted({ name, queue }: JobType): string | undefined {
    const { waiting } = this.#of(name);
    if (waiting.length <= queue.capacity || !evicts(queue.fullMode)) return undefined;
    return waiting.at(queue.fullMode === "drop-oldest" ? 0 : -2)?.jobId;
  }

  /** A job has changed. */
  moved(before: Job | undefined, after: Job | undefined): void {
    if (before !== undefined) this.#leave(before);
    if (after !== undefined) this.#enter(after);
  }

  #leave({ status, queuedAt }: Job): void {
    const slots = this.#of(status.jobType);
    if (hasRun(status.state)) slots.taken--;
    if (queuedAt === undefined) return;
    const at = placeOf(queuedAt, slots.waiting);
    if (slots.waiting[at]?.jobId === status.jobId) slots.waiting.splice(at, 1);
  }

  #enter({ status, queuedAt }: Job): void {
    const slots = this.#of(status.jobType);
    if (hasRun(status.state)) slots.taken++;
    if (queuedAt === undefined) return;
    slots.waiting.splice(placeOf(queuedAt, slots.waiting), 0, { jobId: status.jobId, queuedAt });
  }

  #of(typeName: string): TypeSlots {
    let slots = this.#ofType.get(typeName);
    if (slots === undefined) {
      slots = { taken: 0, waiting: [] };
      this.#ofType.set(typeName, slots);
    }
    return slots;
  }
}

export interface TypeLoad {
  /** Runs that have a slot, those that wait for their next attempt included. */
  readonly running: number;
  /** Jobs that wait for a slot. */
  readonly pending: number;
}

interface TypeSlots {
  taken: number;
  /** In order of `queuedAt`. */
  readonly waiting: Waiting[];
}

interface Waiting {
  readonly jobId: string;
  readonly queuedAt: number;
}

function evicts(fullMode: JobType["queue"]["fullMode"]): boolean {
  return fullMode === "drop-newest" || fullMode === "drop-oldest";
}

/** The index of the first that came at `queuedAt` or later. */
function placeOf(queuedAt: number, waiting: readonly Waiting[]): number {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waiting[middle]?.queuedAt ?? 0) < queuedAt) low = middle + 1;
    else high = middle;
  }
  return low;
}
