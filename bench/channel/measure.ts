/**
 * Measures contenders side by side in one process: in every round each of them runs once, in an order that moves on by
 * one from round to round, so that a slow moment of the machine falls on all alike.
 */
import { setImmediate } from "node:timers/promises";
import type { Contender } from "./contender.ts";

export interface Workload {
  readonly name: string;
  /** Moves this many items and returns their sum; undefined where the contender cannot do it. */
  start(contender: Contender, items: number): Promise<number> | undefined;
}

/** Items a second: the median of the rounds, and the slowest and fastest of them. */
export interface Row {
  readonly workload: string;
  readonly contender: string;
  readonly form: string;
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

interface Runner {
  readonly contender: Contender;
  readonly items: number;
  readonly rates: number[];
}

const rounds = 9;
const sampleMs = 60;
const warmUpItems = 20_000;
const maxItems = 4_000_000;

export async function measure(
  workloads: readonly Workload[],
  contenders: readonly Contender[],
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const workload of workloads) {
    const runners: Runner[] = [];
    for (const contender of contenders) {
      const items = await calibrate(workload, contender);
      if (items !== undefined) runners.push({ contender, items, rates: [] });
    }
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < runners.length; turn++) {
        const runner = runners[(turn + round) % runners.length];
        const rate = runner && (await sample(workload, runner.contender, runner.items));
        if (rate !== undefined) runner?.rates.push(rate);
      }
    }
    rows.push(...runners.map((runner) => summarize(workload, runner)));
  }
  return rows;
}

/** How many items keep this contender busy for one sample. Warms it up as well. */
async function calibrate(workload: Workload, contender: Contender): Promise<number | undefined> {
  let items = warmUpItems;
  for (let attempt = 0; attempt < 3; attempt++) {
    const rate = await sample(workload, contender, items);
    if (rate === undefined) return undefined;
    items = Math.min(maxItems, Math.max(1000, Math.round((rate * sampleMs) / 1000)));
  }
  return items;
}

async function sample(workload: Workload, contender: Contender, items: number): Promise<number | undefined> {
  globalThis.gc?.();
  // A turn of the event loop, so that one contender's leftovers are not charged to the next.
  await setImmediate();
  const started = performance.now();
  const running = workload.start(contender, items);
  if (running === undefined) return undefined;
  const sum = await running;
  const seconds = (performance.now() - started) / 1000;
  const expected = (items * (items + 1)) / 2;
  if (sum !== expected) {
    throw new Error(`Items went astray: ${workload.name}, ${contender.name}: ${sum} instead of ${expected}`);
  }
  return items / seconds;
}

function summarize(workload: Workload, { contender, rates }: Runner): Row {
  const sorted = rates.toSorted((a, b) => a - b);
  return {
    workload: workload.name,
    contender: contender.name,
    form: contender.form,
    median: sorted[sorted.length >> 1] ?? 0,
    min: sorted[0] ?? 0,
    max: sorted.at(-1) ?? 0,
  };
}
