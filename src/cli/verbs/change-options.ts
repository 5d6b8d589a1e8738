import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type CommandReceipt, Priority, ReplyMode } from "../../../gen/jobcontrol/v1/command_pb.ts";
import type { JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { ConnectionOptions } from "../connection.ts";
import { describeJob, describeReceipt } from "../output/describe-job.ts";
import { print, printJson } from "../output/print.ts";
import { dim } from "../output/style.ts";

/** What every verb takes that changes a job. */
export interface ChangeOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly requestId?: string;
  readonly etag?: string;
  readonly reason?: string;
  readonly priority?: "low" | "normal" | "high" | "critical";
  readonly accepted?: boolean;
  readonly dryRun?: boolean;
}

/** The fields of a request that they become. */
export function changeFields({
  requestId = "",
  etag = "",
  reason = "",
  priority,
  accepted,
  dryRun,
}: ChangeOptions) {
  return {
    requestId,
    etag,
    reason,
    priority: priority === undefined ? Priority.UNSPECIFIED : priorities[priority],
    replyMode: accepted ? ReplyMode.ACCEPTED : ReplyMode.APPLIED,
    validateOnly: dryRun ?? false,
  };
}

/** Prints what a change came to. */
export function showChange<D extends DescMessage>(
  desc: D,
  response: MessageShape<D> & ChangeResponse,
  { json = false, dryRun = false }: ChangeOptions,
): void {
  if (json) {
    printJson(desc, response);
    return;
  }
  if (dryRun) print(dim("dry run, nothing changed: it would become"));
  if (response.status !== undefined) print(describeJob(response.status));
  if (!dryRun) print(describeReceipt(response.receipt));
}

interface ChangeResponse {
  readonly status?: JobStatus | undefined;
  readonly receipt?: CommandReceipt | undefined;
}

const priorities = {
  low: Priority.LOW,
  normal: Priority.NORMAL,
  high: Priority.HIGH,
  critical: Priority.CRITICAL,
};
