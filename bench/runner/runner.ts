import { systemClock } from "../../src/async/clock.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { Runner } from "../../src/runner/runner.ts";
import type { Work } from "../../src/runner/work.ts";
import { rotated } from "../rounds.ts";
import { median, summary } from "../statistics.ts";

/**
 * What it costs to carry out a run that does nothing, one after the other: from `start()` to the news of its end, for
 * each kind of work. They take turns, round by round.
 */
const rounds = 5;

interface Kind {
  readonly name: string;
  readonly work: Work;
  readonly runs: number;
}

const thread = {
  kind: "thread",
  module: new URL("./jobs/nothing.ts", import.meta.url).href,
  memoryBytes: 256 * 2 ** 20,
} as const;

const kinds: readonly Kind[] = [
  { name: "function", runs: 20_000, work: { kind: "function", run: () => {} } },
  { name: "thread of the pool", runs: 2_000, work: { ...thread, pool: 1 } },
  { name: "thread, a new one each", runs: 10, work: { ...thread, pool: 0 } },
  {
    name: "process (true)",
    runs: 50,
    work: { kind: "process", command: ["true"], cwd: "/", env: {}, inputEnv: {}, stdin: "none" },
  },
];

export async function runner(): Promise<void> {
  await using subject = createRunner({
    works: new Map(kinds.map(({ name, work }) => [name, work])),
    clock: systemClock,
  });
  const times = new Map(kinds.map(({ name }) => [name, [] as number[]]));
  for (const { name } of kinds) await microsecondsARun(subject, name, 5);
  for (let round = 0; round < rounds; round++) {
    for (const { name, runs } of rotated(kinds, round)) {
      times.get(name)?.push(await microsecondsARun(subject, name, runs));
    }
  }
  for (const [name, values] of times) {
    console.log(`${name.padEnd(24)} ${summary(values, median(values) < 100 ? 1 : 0)} µs a run`);
  }
}

async function microsecondsARun(subject: Runner, jobType: string, runs: number): Promise<number> {
  const startedAt = performance.now();
  for (let run = 0; run < runs; run++) await carryOut(subject, jobType);
  return ((performance.now() - startedAt) / runs) * 1_000;
}

function carryOut(subject: Runner, jobType: string): Promise<unknown> {
  return new Promise((ended) => {
    subject.start(
      { jobId: "job", jobType, runId: "run", attempt: 1, input: { size: 1 } },
      { wrote: () => {}, progressed: () => {}, acknowledged: () => {}, ended },
    );
  });
}

if (import.meta.main) await runner();
