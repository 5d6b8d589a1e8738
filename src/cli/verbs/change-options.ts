import { Priority, ReplyMode } from "../../../gen/jobcontrol/v1/command_pb.ts";
import type { ConnectionOptions } from "../connection.ts";

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

const priorities = {
  low: Priority.LOW,
  normal: Priority.NORMAL,
  high: Priority.HIGH,
  critical: Priority.CRITICAL,
};
