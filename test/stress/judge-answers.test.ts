import { describe, expect, it } from "vitest";
import { JobControlError } from "../../src/job/errors.ts";
import { createJob } from "../../src/job/job.ts";
import type { JobState } from "../../src/job/job-state.ts";
import type { Answer, Command } from "./commands.ts";
import { judgeAnswers } from "./job-linearizability.ts";
import { type Operation, OperationLog } from "./operation-log.ts";

const plain = {
  jobId: "a",
  priority: "normal",
  validateOnly: false,
  replyMode: "applied",
  etag: "none",
} as const;
const start: Command = { kind: "start", ...plain, conflictPolicy: "fail", labels: {} };
const stop: Command = { kind: "stop", ...plain, scope: "job", force: false };
const read: Command = { kind: "get-status", jobId: "a", priority: "normal" };

interface Heard {
  readonly command: Command;
  readonly answer: Answer;
  readonly requestId?: string;
}

/** Calls one after the other, answered as a test says. */
async function answers(...heard: readonly Heard[]): Promise<readonly Operation[]> {
  const log = new OperationLog();
  for (const { command, answer, requestId = "" } of heard)
    await log.call({ command, requestId, etag: "" }, async () => answer);
  return log.operations;
}

function as(
  state: JobState,
  executionCount: number,
  generation: number,
  outcome: Answer["outcome"] = "applied",
) {
  const { status } = createJob({ jobId: "a", jobType: "a", uid: "u", nowMs: 0 });
  const desiredState = state === "running" ? ("running" as const) : ("stopped" as const);
  return { outcome, status: { ...status, state, desiredState, executionCount, etag: `u-${generation}` } };
}

const started = { command: start, answer: { ...as("running", 1, 1), started: true } };
const stopping = { command: stop, answer: as("stopping", 1, 2) };

describe("judgeAnswers()", () => {
  it("accepts what a plain job would answer", async () => {
    const seen = { command: read, answer: as("stopping", 1, 2) };
    expect(judgeAnswers(await answers(started, stopping, seen), ["a"])).toEqual([]);
  });

  it.each([
    ["a read that misses a Start", [started, { command: read, answer: as("stopped", 0, 0) }]],
    [
      "a second run of a job that runs",
      [started, { command: start, answer: { ...as("running", 2, 2), started: true } }],
    ],
    ["a Stop that had no effect", [started, stopping, { command: read, answer: as("running", 1, 2) }]],
    ["a Stop of nothing that says APPLIED", [{ command: stop, answer: as("stopped", 0, 1) }]],
    ["an etag that stands still", [{ command: start, answer: { ...as("running", 1, 0), started: true } }]],
    [
      "a request that is done twice",
      [
        { ...started, requestId: "r" },
        { command: start, requestId: "r", answer: as("running", 1, 1, "no-change") },
      ],
    ],
  ])("finds %s", async (_name, heard) => {
    expect(judgeAnswers(await answers(...heard), ["a"])).toHaveLength(1);
  });

  it("finds a command that was refused and took effect all the same", async () => {
    const log = new OperationLog();
    const evicted = new JobControlError({ code: "COMMAND_EVICTED", message: "No room" });
    await log.call({ command: start, requestId: "", etag: "" }, () => Promise.reject(evicted));
    await log.call({ command: read, requestId: "", etag: "" }, async () => as("running", 1, 1));
    expect(judgeAnswers(log.operations, ["a"])).toHaveLength(1);
  });
});
