/** What stages are asked for, checked when they are described, so that nothing is found wrong half way through a run. */
import type { StageOptions } from "./pipeline.ts";

export interface StageSettings {
  readonly name: string;
  readonly concurrency: number;
  readonly capacity: number;
}

const defaultCapacity = 16;

/** Throws a `TypeError` for a handler that is no function, and a `RangeError` for a number that is out of range. */
export function stageSettings(kind: string, handle: unknown, options: StageOptions): StageSettings {
  if (typeof handle !== "function")
    throw new TypeError(`Cannot add a stage: its handler is not a function: ${kind}`);
  const { name = handle.name || kind, concurrency = 1, capacity } = options;
  return {
    name,
    concurrency: wholeNumber(name, { concurrency }, 1),
    capacity: capacityOf(name, capacity),
  };
}

export function capacityOf(stage: string, capacity = defaultCapacity): number {
  return wholeNumber(stage, { capacity }, 0);
}

/** The only value of `named`, which its key names. */
export function wholeNumber(stage: string, named: Readonly<Record<string, number>>, least: number): number {
  const [[key, value] = ["", 0]] = Object.entries(named);
  if (Number.isInteger(value) && value >= least) return value;
  throw new RangeError(
    `Cannot add a stage: ${key} must be a whole number ≥ ${least}: ${stage}: ${String(value)}`,
  );
}
