import type { RunResult } from "../../job/run-result.ts";
import { failed } from "../run-report.ts";
import { thrownText } from "../thrown-text.ts";
import type { ThreadEnding } from "./work-thread.ts";

/** The outcome of a run whose thread ended by itself in the midst of it. Another attempt gets another thread. */
export function resultOfGone({ error, hasFailed, exitCode }: ThreadEnding, memoryBytes: number): RunResult {
  if (isOutOfMemory(error)) return outOfMemory(memoryBytes);
  if (hasFailed) return failed("THREW", `Not caught in the thread: ${thrownText(error)}`, true);
  return failed("EXITED", `The module ended its thread with process.exit(${exitCode})`, true);
}

export function outOfMemory(memoryBytes: number): RunResult {
  const limit = `${Math.round(memoryBytes / 2 ** 20)} MB`;
  return failed("OUT_OF_MEMORY", `The thread took more memory than its type allows: ${limit}`, true);
}

function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY";
}
