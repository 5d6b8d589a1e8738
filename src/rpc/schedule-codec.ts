import {
  Schedule_OverlapPolicy,
  type Schedule as ScheduleMessage,
} from "../../gen/jobcontrol/v1/schedule_pb.ts";
import { type OverlapPolicy, type Schedule, shortestIntervalMs } from "../job/schedule.ts";
import type { WordsOf } from "./enum-codec.ts";
import type { FieldChecks } from "./field-checks.ts";
import { toDuration } from "./time-codec.ts";

/** Schedules in both directions. What the proto has and this version cannot do is refused, never ignored. */

export function fromSchedule(checks: FieldChecks, message: ScheduleMessage): Schedule {
  const { when, timeZone, overlapPolicy, catchUpWindow, jitter } = message;
  if (when.case === "cron") {
    checks.add("schedule.cron", "cron schedules are not supported by this version");
  } else if (when.case === undefined) {
    checks.add("schedule", "must have an interval");
  }
  if (timeZone !== "") checks.add("schedule.time_zone", notSupported);
  const overlap = checks.word("schedule.overlap_policy", overlapPolicy, overlapWords);
  const catchUpMs = checks.optionalDurationMs("schedule.catch_up_window", catchUpWindow, yearAtMost) ?? 0;
  if (checks.optionalDurationMs("schedule.jitter", jitter, anyLength)) {
    checks.add("schedule.jitter", notSupported);
  }
  const interval = when.case === "interval" ? when.value : undefined;
  const intervalMs = checks.optionalDurationMs("schedule.interval", interval, intervalRange) ?? 0;
  return { kind: "interval", intervalMs, overlap, catchUpMs };
}

export function toSchedule({ intervalMs, overlap, catchUpMs }: Schedule): ScheduleMessage {
  return {
    $typeName: "jobcontrol.v1.Schedule",
    when: { case: "interval", value: toDuration(intervalMs) },
    timeZone: "",
    overlapPolicy: overlapNumbers[overlap],
    catchUpWindow: catchUpMs > 0 ? toDuration(catchUpMs) : undefined,
  };
}

const notSupported = "is not supported by this version";
const anyLength = { maxMs: Number.POSITIVE_INFINITY };
const yearAtMost = { maxMs: 366 * 24 * 3_600_000 };
const intervalRange = { ...yearAtMost, minMs: shortestIntervalMs };

const overlapNumbers: Readonly<Record<OverlapPolicy, Schedule_OverlapPolicy>> = {
  skip: Schedule_OverlapPolicy.SKIP,
  "buffer-one": Schedule_OverlapPolicy.BUFFER_ONE,
  "cancel-running": Schedule_OverlapPolicy.CANCEL_RUNNING,
};

const overlapWords: WordsOf<OverlapPolicy> = new Map([
  [Schedule_OverlapPolicy.UNSPECIFIED, "skip"],
  [Schedule_OverlapPolicy.SKIP, "skip"],
  [Schedule_OverlapPolicy.BUFFER_ONE, "buffer-one"],
  [Schedule_OverlapPolicy.CANCEL_RUNNING, "cancel-running"],
]);
