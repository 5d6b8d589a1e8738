import { monitorEventLoopDelay } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { ratios } from "../rounds.ts";
import { summary } from "../statistics.ts";

/** Something that can start a job for a caller, and stop it again. */
export interface Contender extends AsyncDisposable {
  readonly name: string;
  /** Starts a job and, once that is answered, ends it; resolves when it has ended, and is known to have. */
  pair(caller: number): Promise<void>;
}

/** What a contender came to, round by round. */
export class Scores {
  readonly contender: Contender;
  #rates: number[] = [];
  #delays: number[] = [];

  constructor(contender: Contender) {
    this.contender = contender;
  }

  /** As many pairs as go, by so many callers at a time. */
  async play(callers: number, durationMs: number): Promise<void> {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    const startedAt = performance.now();
    let pairs = 0;
    const caller = async (_: unknown, index: number) => {
      while (performance.now() - startedAt < durationMs) {
        await this.contender.pair(index);
        pairs++;
        // Real callers come in turns of the event loop of their own: one who waits for nothing else would stop it.
        await turn();
      }
    };
    delay.enable();
    await Promise.all(Array.from({ length: callers }, caller));
    delay.disable();
    this.#rates.push((pairs * 1000) / (performance.now() - startedAt));
    this.#delays.push(delay.percentile(99) / 1e6);
  }

  /** Forgets what was only to warm up. */
  reset(): void {
    this.#rates = [];
    this.#delays = [];
  }

  row(memory: Scores): object {
    return {
      "": this.contender.name,
      "pairs a second": summary(this.#rates),
      "of memory": summary(ratios(this.#rates, memory.#rates), 2),
      "event loop delay p99, ms": summary(this.#delays, 1),
    };
  }
}
