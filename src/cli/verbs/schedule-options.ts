import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { Schedule_OverlapPolicy, type ScheduleSchema } from "../../../gen/jobcontrol/v1/schedule_pb.ts";
import { milliseconds } from "../connection.ts";
import { CliError, exitCode } from "../exit-code.ts";

/** When a job that is started runs by itself. Durations, unless it is said otherwise. */
export interface ScheduleOptions {
  readonly every?: string;
  /** A cron expression. */
  readonly cron?: string;
  /** The name of a zone. */
  readonly timeZone?: string;
  readonly overlap?: keyof typeof overlapPolicies;
  readonly catchUp?: string;
  readonly jitter?: string;
}

/** The schedule that they come to; undefined where there is none. */
export function scheduleOf(options: ScheduleOptions): MessageInitShape<typeof ScheduleSchema> | undefined {
  const { every, cron, timeZone = "", overlap, catchUp, jitter } = options;
  if (every !== undefined && cron !== undefined)
    throw new CliError(exitCode.usage, "Either --every or --cron, not both");
  if (cron === undefined && timeZone !== "")
    throw new CliError(exitCode.usage, "--time-zone goes with --cron");
  const policies = {
    ...(overlap !== undefined && { overlapPolicy: overlapPolicies[overlap] }),
    ...(catchUp !== undefined && { catchUpWindow: duration("--catch-up", catchUp) }),
    ...(jitter !== undefined && { jitter: duration("--jitter", jitter) }),
  };
  if (cron !== undefined) return { when: { case: "cron", value: cron }, timeZone, ...policies };
  if (every !== undefined)
    return { when: { case: "interval", value: duration("--every", every) }, ...policies };
  if (Object.keys(policies).length > 0)
    throw new CliError(exitCode.usage, "--overlap, --catch-up and --jitter go with --every or --cron");
  return undefined;
}

function duration(option: string, text: string) {
  return durationFromMs(milliseconds(option, text));
}

const overlapPolicies = {
  skip: Schedule_OverlapPolicy.SKIP,
  "buffer-one": Schedule_OverlapPolicy.BUFFER_ONE,
  "cancel-running": Schedule_OverlapPolicy.CANCEL_RUNNING,
};
