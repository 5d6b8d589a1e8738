import { setImmediate } from "node:timers/promises";
import { ratios, rotated } from "../rounds.ts";
import { summary } from "../statistics.ts";
import { type Contender, contenders, expectedSum } from "./contenders.ts";

const rounds = 11;
const items = 500_000;

/**
 * Items a second through three synchronous stages, beside what Node brings along. Contenders take turns in one process.
 * Goals: 1 M items a second, and more than `stream.pipeline` in object mode.
 */
export async function pipelines(): Promise<void> {
  for (const contender of contenders) await rate(contender, items / 5);
  const rates = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contender of rotated(contenders, round)) {
      rates.get(contender)?.push(await rate(contender, items));
    }
  }
  const [own] = rates.values();
  for (const [{ name, form }, values] of rates) {
    const millions = summary(
      values.map((value) => value / 1e6),
      2,
    );
    const times = summary(ratios(own ?? [], values), 1);
    console.log(
      `${name.padEnd(17)} ${form.padEnd(55)} ${millions} M items/s, jobcontrol has ${times} times that`,
    );
  }
}

async function rate({ name, run }: Contender, count: number): Promise<number> {
  globalThis.gc?.();
  await setImmediate();
  const startedAt = performance.now();
  const sum = await run(count);
  const seconds = (performance.now() - startedAt) / 1000;
  if (sum !== expectedSum(count)) throw new Error(`Items went astray: ${name}: ${sum}`);
  return count / seconds;
}

if (import.meta.main) await pipelines();
