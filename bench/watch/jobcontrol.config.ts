import { defineConfig, type JobContext } from "../../src/index.ts";
import { busyJobs } from "./busy-jobs.ts";
import { obey } from "./instructions.ts";

/**
 * Jobs that run and change when they are told to: `report` at each `change`, and the others, some two thousand
 * times a second together, from `storm` to `calm`.
 */
const running = new Map<string, JobContext>();
let current = 0;
let storm: NodeJS.Timeout | undefined;

obey({
  change: () => running.get("report")?.progress({ current: current++ }),
  storm: () => {
    storm = setInterval(() => {
      for (const jobId of busyJobs) running.get(jobId)?.progress({ current: current++ });
    }, 50);
  },
  calm: () => clearInterval(storm),
});

async function run(context: JobContext): Promise<void> {
  running.set(context.jobId, context);
  await new Promise(() => {});
}

export default defineConfig({
  listen: "127.0.0.1:0",
  rate: "unlimited",
  store: "memory:",
  watch: { ring: 2000, bookmark: "60s" },
  types: Object.fromEntries(["report", ...busyJobs].map((name) => [name, { run }])),
});
