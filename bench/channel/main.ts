/**
 * How many items a second go through the channel, beside what Node users take today.
 * `node bench/channel/main.ts` prints the table; `run()` gives its rows to a larger benchmark.
 */
import type { Contender } from "./contender.ts";
import { effectQueue } from "./contenders/effect.ts";
import { fastqCallback, fastqPromise } from "./contenders/fastq.ts";
import { calledChannel, fastChannel, plainChannel } from "./contenders/jobcontrol.ts";
import { eventsOn, passThrough } from "./contenders/node.ts";
import { pQueue } from "./contenders/p-queue.ts";
import { measure, type Row, type Workload } from "./measure.ts";
import { formatTable } from "./table.ts";

const contenders: readonly Contender[] = [
  fastChannel,
  calledChannel,
  plainChannel,
  fastqCallback,
  fastqPromise,
  pQueue,
  effectQueue,
  passThrough,
  eventsOn,
];

const workloads: readonly Workload[] = [
  transfer("1→1, bounded(100)", 1, 100),
  transfer("1→1, bounded(1024)", 1, 1024),
  transfer("1→1, unbounded", 1, Number.POSITIVE_INFINITY),
  transfer("10→1, bounded(100)", 10, 100),
  transfer("10→1, bounded(1024)", 10, 1024),
  transfer("10→1, unbounded", 10, Number.POSITIVE_INFINITY),
  calls("request/reply, 1 caller", 1),
  calls("request/reply, 100 callers", 100),
];

/** Measures everything, prints the table and returns its rows. Takes about a minute. */
export async function run(): Promise<readonly Row[]> {
  const rows = await measure(workloads, contenders);
  console.log(formatTable(rows));
  return rows;
}

function transfer(name: string, producers: number, capacity: number): Workload {
  return { name, start: (contender, items) => contender.transfer({ items, producers, capacity }) };
}

function calls(name: string, callers: number): Workload {
  return { name, start: (contender, items) => contender.call({ calls: items, callers }) };
}

if (import.meta.main) await run();
