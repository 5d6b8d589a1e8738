import { defineConfig } from "../../src/index.ts";
import { jobsThatWait } from "./idle-jobs.ts";

// The CPU time of all threads of the process, in microseconds, to whoever asks for it.
process.on("message", () => process.send?.(process.cpuUsage()));

/** A type whose jobs wait for one that never ends, and two whose jobs wait for a time that is far away. */
export default defineConfig({
  listen: "127.0.0.1:0",
  rate: "unlimited",
  types: {
    queued: {
      run: () => new Promise(() => {}),
      concurrency: 1,
      queue: { capacity: jobsThatWait },
      template: true,
    },
    hourly: { run: () => {}, schedule: { interval: "1h", jitter: "30m" }, template: true },
    yearly: { run: () => {}, schedule: { cron: "0 0 1 1 *", jitter: "30m" }, template: true },
  },
});
