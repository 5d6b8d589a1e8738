import type { JobStatus } from "../../src/job/job-status.ts";
import type { Command } from "./commands.ts";
import {
  applyTo,
  endRun,
  type ModelAnswer,
  type ModelJob,
  type ModelStep,
  neverStarted,
} from "./job-model.ts";
import { linearize, type Specification } from "./linearizability.ts";
import type { Asked, Operation, Result } from "./operation-log.ts";

/** A job, and the answers that were given under request ids, so that they are given again. */
interface State {
  readonly job: ModelJob | undefined;
  readonly answers: Readonly<Record<string, ModelAnswer>>;
}

/**
 * Judges the answers that callers got by the plain model of a job, job by job: what cannot have been answered in any
 * order is returned, in short. Commands that were refused without having been applied must have had no effect.
 */
export function judgeAnswers(operations: readonly Operation[], jobIds: readonly string[]): string[] {
  const wronged = jobIds.filter((jobId) => {
    const ofJob = operations.filter((operation) => operation.jobId === jobId && hasTakenEffect(operation));
    return linearize(ofJob.map(timed), specificationOf(jobId)) === undefined;
  });
  return wronged.map((jobId) => {
    const ofJob = operations.filter((operation) => operation.jobId === jobId);
    return [`${jobId}: no order explains`, ...ofJob.map(describe)].join("\n");
  });
}

/** Refusals that say: it was not applied. */
const notApplied: ReadonlySet<string> = new Set([
  "CHANNEL_FULL",
  "COMMAND_EVICTED",
  "COMMAND_EXPIRED",
  "COMMAND_CANCELLED",
  "COMMAND_SUPERSEDED",
  "DEADLINE_UNREACHABLE",
  "STORE_FULL",
]);

function hasTakenEffect({ result }: Operation): boolean {
  return result.kind !== "refused" || !notApplied.has(result.code);
}

function timed(operation: Operation) {
  const { invokedAt, answeredAt } = operation;
  return { operation, invokedAt, answeredAt };
}

/** The declared types are jobs from the beginning, and the second of them has a schedule. */
function specificationOf(jobId: string): Specification<Operation, State> {
  const job = jobId === "c" ? undefined : neverStarted(jobId === "b");
  return { initial: { job, answers: {} }, apply, changesNothing, keyOf: (state) => JSON.stringify(state) };
}

function apply(state: State, { what, result }: Operation): { state: State } | undefined {
  if (what.kind === "run-end") return { state: { ...state, job: endRun(state.job, what) } };
  const known = state.answers[what.requestId];
  const step = known === undefined ? stepOf(state.job, what) : { job: state.job, answer: known };
  if (!explains(step.answer, result)) return undefined;
  const answers = what.requestId === "" ? state.answers : { ...state.answers, [what.requestId]: step.answer };
  return { state: { job: step.job, answers } };
}

/** What was answered under a request id is kept, if nothing else. */
function changesNothing({ what, result }: Operation): boolean {
  if (what.kind === "run-end" || what.requestId !== "" || result.kind === "unknown") return false;
  return result.kind === "refused" || !mayChange(what.command) || result.answer.outcome === "no-change";
}

function mayChange(command: Command): boolean {
  return command.kind !== "get-status" && !command.validateOnly;
}

function stepOf(job: ModelJob | undefined, { command, etag }: Asked): ModelStep {
  return applyTo(job, { ...command, generation: etag === "" ? undefined : generationOf(etag) });
}

/** Whether the caller can have heard this of that answer. */
function explains(answer: ModelAnswer, result: Result): boolean {
  switch (result.kind) {
    case "unknown":
      return true;
    case "refused":
      return "refusal" in answer && answer.refusal === result.code;
    case "answered": {
      if ("refusal" in answer) return false;
      const { outcome, started, status } = result.answer;
      if (answer.outcome !== outcome || (started ?? false) !== (answer.started ?? false)) return false;
      return answer.job === undefined ? status === undefined : isSeenAs(answer.job, status);
    }
  }
}

function isSeenAs(job: ModelJob, status: JobStatus | undefined): boolean {
  return (
    status?.state === job.state &&
    status.desiredState === job.desiredState &&
    status.executionCount === job.executionCount &&
    generationOf(status.etag) === job.generation
  );
}

/** An etag ends with how many commands have changed the job. */
function generationOf(etag: string): number {
  return Number(etag.slice(etag.lastIndexOf("-") + 1));
}

function describe({ what, result, invokedAt, answeredAt }: Operation): string {
  const heard =
    result.kind === "answered"
      ? `${result.answer.outcome} ${result.answer.status?.state} run ${result.answer.status?.executionCount} ${result.answer.status?.etag}`
      : result.kind === "refused"
        ? result.code
        : "unknown";
  const asked =
    what.kind === "run-end" ? what : { ...what.command, etag: what.etag, requestId: what.requestId };
  return `  ${invokedAt}–${answeredAt} ${JSON.stringify(asked)}: ${heard}`;
}
