import type { ChangeCommand } from "../../job/command.ts";
import type { Refusal } from "../../job/errors.ts";
import type { Job } from "../../job/job.ts";
import type { JobType } from "../../job/job-type.ts";
import type { Answer } from "../../job/settlement.ts";

/** What a command comes to. */
export type Verdict =
  | { readonly outcome: "applied" | "no-change"; readonly answer: Answer }
  | { readonly outcome: "rejected" | "dropped"; readonly refusal: Refusal }
  /** A Start that finds the queue of its type full waits for room in it; `refusal` is for one that cannot. */
  | { readonly outcome: "waits"; readonly refusal: Refusal };

export function rejected(refusal: Refusal): Verdict {
  return { outcome: "rejected", refusal };
}

/** What the state machine has refused. Only a full queue is no answer for good. */
export function refused(
  refusal: Refusal,
  { kind, validateOnly }: ChangeCommand,
  { queue }: JobType,
): Verdict {
  if (refusal.code !== "QUEUE_FULL") return rejected(refusal);
  const waits = kind === "start" && queue.fullMode === "wait" && !validateOnly;
  return { outcome: waits ? "waits" : "dropped", refusal };
}

/** The run that a command has begun, also where the circuit of its type has it wait, or fail; undefined where there is none. */
export function begunRun({ status: before }: Job, { status: after }: Job): string | undefined {
  return after.executionCount > before.executionCount ? after.currentRun?.runId : undefined;
}
