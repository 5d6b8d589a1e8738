import { setImmediate as turn } from "node:timers/promises";
import type { Progress } from "../../src/job/job-status.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import type { RunObserver } from "../../src/runner/runner.ts";

export type RunEvent =
  | { readonly kind: "progressed"; readonly progress: Progress }
  | { readonly kind: "acknowledged" }
  | { readonly kind: "ended"; readonly result: RunResult };

/** An observer that keeps what it is told, and can be waited on. */
export class Recording implements RunObserver {
  readonly events: RunEvent[] = [];
  readonly #ended = Promise.withResolvers<RunResult>();

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }

  /** Resolves with the first end that is told. */
  get end(): Promise<RunResult> {
    return this.#ended.promise;
  }

  progressed(progress: Progress): void {
    this.events.push({ kind: "progressed", progress });
  }

  acknowledged(): void {
    this.events.push({ kind: "acknowledged" });
  }

  ended(result: RunResult): void {
    this.events.push({ kind: "ended", result });
    this.#ended.resolve(result);
  }
}

/** Lets all that is ready to happen in this process happen. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn();
}
