import { setImmediate as turn } from "node:timers/promises";
import type { Clock, Timer } from "../async/clock.ts";

/**
 * A clock that stands still until a test moves it. What is due happens in order, each thing at its own moment
 * and with all its consequences, before the next; so a test of an hour takes no time and runs the same always.
 */
export class FakeClock implements Clock {
  /** Sorted by the time they are due, then by when they were set. */
  readonly #timers: FakeTimer[] = [];
  #wallOffsetMs: number;
  #monotonicMs = 0;
  #advancing = false;

  /** Starts with the wall clock at `startMs`: by default 2026-01-01T00:00:00Z. */
  constructor({ startMs = Date.UTC(2026, 0, 1) }: { readonly startMs?: number } = {}) {
    this.#wallOffsetMs = startMs;
  }

  /** How many timers are set and have neither fired nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  now(): number {
    return this.#wallOffsetMs + this.#monotonicMs;
  }

  monotonic(): number {
    return this.#monotonicMs;
  }

  setTimer(delayMs: number, callback: () => void): Timer {
    const timer = { dueMs: this.#monotonicMs + Math.max(0, delayMs), callback };
    const index = this.#timers.findLastIndex((other) => other.dueMs <= timer.dueMs) + 1;
    this.#timers.splice(index, 0, timer);
    return { cancel: () => this.#remove(timer) };
  }

  /**
   * Moves both clocks on by `ms`. Every timer that falls due on the way fires at its own moment, also those
   * that are set meanwhile; before the first, and after each, all promises that can settle do, and who waits for turns of
   * the event loop has them. `advance(0)` fires what is due now. Rejects with what a callback throws.
   */
  async advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`Cannot move the clock by: ${ms}`);
    if (this.#advancing) throw new Error("Cannot move the clock while it moves");
    this.#advancing = true;
    try {
      await this.#advanceTo(this.#monotonicMs + ms);
    } finally {
      this.#advancing = false;
    }
  }

  /** Moves the wall clock alone, forward or back, as an operator does. No timer fires. */
  jump(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  async #advanceTo(endMs: number): Promise<void> {
    await othersTurns();
    for (let next = this.#timers[0]; next !== undefined && next.dueMs <= endMs; next = this.#timers[0]) {
      this.#timers.shift();
      this.#monotonicMs = next.dueMs;
      next.callback();
      await othersTurns();
    }
    this.#monotonicMs = endMs;
  }

  #remove(timer: FakeTimer): void {
    const index = this.#timers.indexOf(timer);
    if (index >= 0) this.#timers.splice(index, 1);
  }
}

/** Turns of the event loop, until nobody waits for one any more. Who waits for one again and again is not waited for for ever. */
async function othersTurns(): Promise<void> {
  for (let turns = 0; turns < mostTurns; turns++) {
    await turn();
    if (!process.getActiveResourcesInfo().includes("Immediate")) return;
  }
}

const mostTurns = 1000;

interface FakeTimer {
  readonly dueMs: number;
  readonly callback: () => void;
}
