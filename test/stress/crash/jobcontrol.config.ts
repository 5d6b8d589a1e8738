import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { defineConfig, type JobContext } from "../../../src/index.ts";
import { begunFile, sideBySideExitCode } from "./traces.ts";

/**
 * What the server of the crash test serves. Its jobs leave traces that outlive it: a function writes down each run that
 * it begins, and a process holds a lock, so that another run beside it ends with an exit code of its own.
 */
const { JOBCONTROL_CRASH_FOLDER: folder = ".", JOBCONTROL_CRASH_RATE: rate, PATH = "" } = process.env;

function begin({ jobId, runId }: JobContext): void {
  appendFileSync(join(folder, begunFile), `${jobId} ${runId}\n`);
}

async function task(context: JobContext): Promise<string> {
  begin(context);
  context.progress({ current: 1, total: 2 });
  await context.sleep(5);
  return context.runId;
}

async function hold(context: JobContext): Promise<void> {
  begin(context);
  await context.sleep(1_000_000);
}

/** Takes a while to end when it is asked to, as long as it holds the lock. */
const script = 'trap "sleep 0.05; exit" TERM; sleep 2 & wait';
const lock = ["flock", "-n", "-E", String(sideBySideExitCode), join(folder, "lock")] as const;

export default defineConfig({
  listen: "127.0.0.1:0",
  rate: rate === "unlimited" ? rate : { perSecond: Number(rate), burst: 20 },
  watch: { ring: 1_000_000, bookmark: "1s" },
  types: {
    task: { run: task, template: true },
    hold: { run: hold, template: true },
    again: { run: hold, onLost: "restart", template: true },
    queued: { run: task, concurrency: 2, onLost: "restart", template: true },
    tick: { run: task, schedule: { interval: "50ms", catchUp: "1s" }, template: true },
    process: {
      process: { command: [...lock, "sh", "-c", script], env: { PATH } },
      onLost: "restart",
    },
  },
});
