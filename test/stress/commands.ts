import fc from "fast-check";
import type { Call, JobControl, Reply } from "../../src/control/job-control.ts";
import { type ConflictPolicy, type Priority, priorities } from "../../src/job/command.ts";
import type { JobStatus } from "../../src/job/job-status.ts";
import type { Outcome } from "../../src/job/settlement.ts";

/**
 * The commands of the random tests. A new command is added here (what is asked, how it is sent) and to `applyTo` of
 * `job-model.ts` (what it should come to); schedules, models and judges take it from there.
 */
export type Command = StartOrder | StopOrder | PlainOrder | ReadOrder;

interface Order {
  readonly jobId: string;
  readonly priority: Priority;
  readonly validateOnly: boolean;
  readonly replyMode: "applied" | "accepted";
  /** The etag that the job had when it was last seen, an older one, or none. */
  readonly etag: "none" | "seen" | "stale";
}

interface StartOrder extends Order {
  readonly kind: "start";
  readonly conflictPolicy: ConflictPolicy;
  readonly labels: Readonly<Record<string, string>>;
}

interface StopOrder extends Order {
  readonly kind: "stop";
  readonly scope: "job" | "current-run";
  readonly force: boolean;
}

interface PlainOrder extends Order {
  readonly kind: "pause" | "resume" | "trigger";
}

interface ReadOrder {
  readonly kind: "get-status";
  readonly jobId: string;
  readonly priority: Priority;
}

/** Two types that are jobs as well, and a job that Start makes of the first. */
export const jobIds = ["a", "b", "c"] as const;

/** The type that a Start of one of these jobs names. */
export function typeFor(jobId: string): string {
  return jobId === "c" ? "a" : "";
}

const order = {
  jobId: fc.constantFrom(...jobIds),
  priority: fc.constantFrom(...priorities),
  validateOnly: often(false, true),
  replyMode: often("applied" as const, "accepted" as const),
  etag: often("none" as const, "seen" as const, "stale" as const),
};

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("start" as const),
      ...order,
      conflictPolicy: fc.constantFrom("use-existing" as const, "fail" as const, "replace" as const),
      labels: fc.constantFrom({}, { team: "red" }, { team: "blue" }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("stop" as const),
      ...order,
      scope: often("job" as const, "current-run" as const),
      force: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom("pause" as const, "resume" as const, "trigger" as const),
      ...order,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("get-status" as const),
      jobId: order.jobId,
      priority: order.priority,
    }),
  },
);

/** The first word eight times out of ten. */
function often<T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(usual) },
    { weight: 2, arbitrary: fc.constantFrom(...others) },
  );
}

/** What one call adds to its command. */
export interface Particulars {
  readonly requestId: string;
  readonly etag: string;
  /** For a Start that makes a job. Default: empty */
  readonly jobType?: string;
}

export interface Answer {
  readonly outcome: Outcome;
  readonly started?: boolean | undefined;
  readonly status?: JobStatus | undefined;
}

/** Sends a command. Rejects with the core's refusal. */
export async function send(
  control: JobControl,
  command: Command,
  { call, jobType = "", ...particulars }: Particulars & { call: Call },
): Promise<Answer> {
  if (command.kind === "get-status") {
    const request = { consistency: "linearizable", includeInput: false, includeResult: false } as const;
    const { status } = await control.getStatus({ ...command, ...request }, call);
    return { outcome: "applied", status };
  }
  const common = { ...command, ...particulars, reason: "" };
  switch (common.kind) {
    case "start":
      return answerOf(await control.start({ ...common, jobType }, call));
    case "stop":
      return answerOf(await control.stop({ ...common, wait: false }, call));
    case "pause":
    case "resume":
    case "trigger":
      return answerOf(await control[common.kind](common, call));
  }
}

function answerOf({ receipt, status, ...reply }: Reply & { started?: boolean }): Answer {
  return { outcome: receipt.outcome, started: reply.started, status };
}
