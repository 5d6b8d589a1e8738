import { CommandReceipt_Outcome, Priority, ReplyMode } from "../../gen/jobcontrol/v1/command_pb.ts";
import {
  GetStatusRequest_Consistency,
  StartRequest_ConflictPolicy,
  StopRequest_Scope,
  WatchStatusRequest_Delivery,
  WatchStatusRequest_Until,
  WatchStatusResponse_CloseReason,
  WatchStatusResponse_Kind,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { DesiredState, JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { Circuit_State } from "../../gen/jobcontrol/v1/job_type_stats_pb.ts";
import { OutputLine_Source } from "../../gen/jobcontrol/v1/output_pb.ts";
import type { GetStatusRequest, StopRequest } from "../control/job-control.ts";
import type { ClosingMessage, WatchMessage, WatchRequest } from "../control/watch/watch.ts";
import type { Circuit } from "../job/circuit.ts";
import type { ConflictPolicy, Priority as PriorityWord } from "../job/command.ts";
import type { DesiredState as DesiredStateWord, JobState as JobStateWord } from "../job/job-state.ts";
import type { OutputSource } from "../job/output-line.ts";
import type { Outcome } from "../job/settlement.ts";

/**
 * The tables between the words of the core and the numbers of the proto. What goes out is a record that the
 * compiler keeps complete; what comes in is a map, and a number that is not in it is a wrong field.
 */

export const jobStateNumbers: Readonly<Record<JobStateWord, JobState>> = {
  pending: JobState.PENDING,
  scheduled: JobState.SCHEDULED,
  running: JobState.RUNNING,
  retrying: JobState.RETRYING,
  paused: JobState.PAUSED,
  stopping: JobState.STOPPING,
  stopped: JobState.STOPPED,
  succeeded: JobState.SUCCEEDED,
  failed: JobState.FAILED,
  lost: JobState.LOST,
};

export const desiredStateNumbers: Readonly<Record<DesiredStateWord, DesiredState>> = {
  running: DesiredState.RUNNING,
  paused: DesiredState.PAUSED,
  stopped: DesiredState.STOPPED,
};

export const circuitStateNumbers: Readonly<Record<Circuit["state"], Circuit_State>> = {
  closed: Circuit_State.CLOSED,
  open: Circuit_State.OPEN,
  "half-open": Circuit_State.HALF_OPEN,
};

export const outcomeNumbers: Readonly<Record<Outcome, CommandReceipt_Outcome>> = {
  accepted: CommandReceipt_Outcome.ACCEPTED,
  applied: CommandReceipt_Outcome.APPLIED,
  "no-change": CommandReceipt_Outcome.NO_CHANGE,
  rejected: CommandReceipt_Outcome.REJECTED,
  dropped: CommandReceipt_Outcome.DROPPED,
  evicted: CommandReceipt_Outcome.EVICTED,
  expired: CommandReceipt_Outcome.EXPIRED,
  cancelled: CommandReceipt_Outcome.CANCELLED,
  superseded: CommandReceipt_Outcome.SUPERSEDED,
  drained: CommandReceipt_Outcome.DRAINED,
};

export const watchKindNumbers: Readonly<Record<WatchMessage["kind"], WatchStatusResponse_Kind>> = {
  snapshot: WatchStatusResponse_Kind.SNAPSHOT,
  "snapshot-end": WatchStatusResponse_Kind.SNAPSHOT_END,
  changed: WatchStatusResponse_Kind.CHANGED,
  removed: WatchStatusResponse_Kind.REMOVED,
  bookmark: WatchStatusResponse_Kind.BOOKMARK,
  reset: WatchStatusResponse_Kind.RESET,
  closing: WatchStatusResponse_Kind.CLOSING,
};

export const closeReasonNumbers: Readonly<Record<ClosingMessage["reason"], WatchStatusResponse_CloseReason>> =
  {
    "until-met": WatchStatusResponse_CloseReason.UNTIL_MET,
    "max-changes": WatchStatusResponse_CloseReason.MAX_CHANGES,
    draining: WatchStatusResponse_CloseReason.DRAINING,
    "too-slow": WatchStatusResponse_CloseReason.TOO_SLOW,
  };

export const priorityNumbers: Readonly<Record<PriorityWord, Priority>> = {
  low: Priority.LOW,
  normal: Priority.NORMAL,
  high: Priority.HIGH,
  critical: Priority.CRITICAL,
};

export const outputSourceNumbers: Readonly<Record<OutputSource, OutputLine_Source>> = {
  log: OutputLine_Source.LOG,
  stdout: OutputLine_Source.STDOUT,
  stderr: OutputLine_Source.STDERR,
};

/** From the numbers of a proto enum to the core's words. */
export type WordsOf<T> = ReadonlyMap<number, T>;

/** UNSPECIFIED is no state that a job can be asked for. */
export const jobStateWords: WordsOf<JobStateWord> = new Map(
  (Object.keys(jobStateNumbers) as JobStateWord[]).map((word) => [jobStateNumbers[word], word]),
);

/** UNSPECIFIED: the command's own default. */
export const priorityWords: WordsOf<PriorityWord | undefined> = new Map([
  [Priority.UNSPECIFIED, undefined],
  ...(Object.keys(priorityNumbers) as PriorityWord[]).map((word) => [priorityNumbers[word], word] as const),
]);

export const replyModeWords: WordsOf<"applied" | "accepted"> = new Map([
  [ReplyMode.UNSPECIFIED, "applied"],
  [ReplyMode.APPLIED, "applied"],
  [ReplyMode.ACCEPTED, "accepted"],
]);

export const conflictPolicyWords: WordsOf<ConflictPolicy> = new Map([
  [StartRequest_ConflictPolicy.UNSPECIFIED, "use-existing"],
  [StartRequest_ConflictPolicy.USE_EXISTING, "use-existing"],
  [StartRequest_ConflictPolicy.FAIL, "fail"],
  [StartRequest_ConflictPolicy.REPLACE, "replace"],
]);

export const scopeWords: WordsOf<StopRequest["scope"]> = new Map([
  [StopRequest_Scope.UNSPECIFIED, "job"],
  [StopRequest_Scope.JOB, "job"],
  [StopRequest_Scope.CURRENT_RUN, "current-run"],
]);

export const consistencyWords: WordsOf<GetStatusRequest["consistency"]> = new Map([
  [GetStatusRequest_Consistency.UNSPECIFIED, "linearizable"],
  [GetStatusRequest_Consistency.LINEARIZABLE, "linearizable"],
  [GetStatusRequest_Consistency.SNAPSHOT, "snapshot"],
]);

export const deliveryWords: WordsOf<WatchRequest["delivery"]> = new Map([
  [WatchStatusRequest_Delivery.UNSPECIFIED, "latest"],
  [WatchStatusRequest_Delivery.LATEST, "latest"],
  [WatchStatusRequest_Delivery.EVERY_TRANSITION, "every-transition"],
]);

export const untilWords: WordsOf<WatchRequest["until"]> = new Map([
  [WatchStatusRequest_Until.UNSPECIFIED, "cancelled"],
  [WatchStatusRequest_Until.CANCELLED, "cancelled"],
  [WatchStatusRequest_Until.ALL_SETTLED, "all-settled"],
  [WatchStatusRequest_Until.CURRENT_RUN_DONE, "current-run-done"],
  [WatchStatusRequest_Until.SNAPSHOT_END, "snapshot-end"],
]);
