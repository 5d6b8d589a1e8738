import { setImmediate as turn } from "node:timers/promises";
import { expect } from "vitest";
import type { Progress } from "../../src/job/job-status.ts";
import type { OutputSource } from "../../src/job/output-line.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import type { RunObserver, WrittenLines } from "../../src/runner/runner.ts";

export type RunEvent =
  | { readonly kind: "progressed"; readonly progress: Progress }
  | { readonly kind: "acknowledged" }
  | { readonly kind: "ended"; readonly result: RunResult };

/** An observer that keeps what it is told, and can be waited on. */
export class Recording implements RunObserver {
  readonly events: RunEvent[] = [];
  /** What the work wrote, apart from the events: `stdout: hello`. */
  readonly lines: string[] = [];
  readonly #acknowledged = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<RunResult>();

  get kinds(): string[] {
    return this.events.map((event) => event.kind);
  }

  /** Resolves when an acknowledgement is told. */
  get acknowledgement(): Promise<void> {
    return this.#acknowledged.promise;
  }

  /** Resolves with the first end that is told. */
  get end(): Promise<RunResult> {
    return this.#ended.promise;
  }

  wrote(source: OutputSource, lines: WrittenLines): void {
    this.lines.push(...textsOf(lines).map((text) => `${source}: ${text}`));
  }

  progressed(progress: Progress): void {
    this.events.push({ kind: "progressed", progress });
  }

  acknowledged(): void {
    this.events.push({ kind: "acknowledged" });
    this.#acknowledged.resolve();
  }

  ended(result: RunResult): void {
    this.events.push({ kind: "ended", result });
    this.#ended.resolve(result);
  }
}

/** All lines; fails where there are not as many as it says. */
export function textsOf(lines: WrittenLines): string[] {
  const texts: string[] = [];
  lines.read(0, (text) => texts.push(text) > 0);
  expect(texts).toHaveLength(lines.count);
  return texts;
}

/** Lets all that is ready to happen in this process happen. */
export async function settle(): Promise<void> {
  for (let turns = 0; turns < 5; turns++) await turn();
}
