import { priorities } from "../../src/job/command.ts";
import type { JobFunction } from "../../src/runner/job-context.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import type { Log } from "../../src/server/log.ts";
import { jobType } from "../job/job-type.ts";

/** A configuration with three functions: `sum` ends at once, `forever` when it is stopped, and so does `counter`, which counts to three. */
export function testConfiguration(over: Partial<Configuration> = {}): Configuration {
  return {
    file: "test",
    listen: { host: "127.0.0.1", port: 0 },
    store: "memory:",
    channel: {
      maxWaiters: 100,
      degradedAt: 0.8,
      lanes: priorities.map((priority) => ({ priority, capacity: 100, fullMode: "wait" })),
    },
    rate: "unlimited",
    watch: { ring: 1000, maxWatchers: 100, bookmarkMs: 15_000 },
    drainTimeoutMs: 5000,
    web: { hosts: [], origins: [], maxConnections: 100 },
    log: "json",
    types: [
      declared("sum", sum),
      declared("forever", ({ sleep }) => sleep(1_000_000)),
      declared("counter", countToThree),
    ],
    ...over,
  };
}

export const quietLog: Log = { info: () => {}, warn: () => {}, error: () => {} };

function declared(name: string, run: JobFunction): Configuration["types"][number] {
  return { type: jobType({ name }), work: { kind: "function", run } };
}

const sum: JobFunction = ({ input }) => {
  const { numbers } = input;
  if (!Array.isArray(numbers)) throw new TypeError("input.numbers is not an array");
  return { sum: numbers.reduce((total: number, number) => total + Number(number), 0) };
};

const countToThree: JobFunction = async ({ progress, sleep }) => {
  for (let current = 1; current <= 3; current++) {
    progress({ current, total: 3 });
    await sleep(60);
  }
  await sleep(1_000_000);
};
