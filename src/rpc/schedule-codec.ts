import {
  Schedule_OverlapPolicy,
  type Schedule as ScheduleMessage,
} from "../../gen/jobcontrol/v1/schedule_pb.ts";
import { type Schedule, shortestIntervalMs } from "../job/schedule.ts";
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
  if (checks.word("schedule.overlap_policy", overlapPolicy, overlapWords) === "later") {
    checks.add("schedule.overlap_policy", notSupported);
  }
  if (checks.optionalDurationMs("schedule.catch_up_window", catchUpWindow, anyLength)) {
    checks.add("schedule.catch_up_window", notSupported);
  }
  if (checks.optionalDurationMs("schedule.jitter", jitter, anyLength)) {
    checks.add("schedule.jitter", notSupported);
  }
  const interval = when.case === "interval" ? when.value : undefined;
  const intervalMs = checks.optionalDurationMs("schedule.interval", interval, intervalRange) ?? 0;
  return { kind: "interval", intervalMs, overlap: "skip" };
}

export function toSchedule({ intervalMs }: Schedule): ScheduleMessage {
  return {
    $typeName: "jobcontrol.v1.Schedule",
    when: { case: "interval", value: toDuration(intervalMs) },
    timeZone: "",
    overlapPolicy: Schedule_OverlapPolicy.SKIP,
  };
}

const notSupported = "is not supported by this version";
const anyLength = { maxMs: Number.POSITIVE_INFINITY };
const intervalRange = { minMs: shortestIntervalMs, maxMs: 366 * 24 * 3_600_000 };

const overlapWords: WordsOf<"skip" | "later"> = new Map([
  [Schedule_OverlapPolicy.UNSPECIFIED, "skip"],
  [Schedule_OverlapPolicy.SKIP, "skip"],
  [Schedule_OverlapPolicy.BUFFER_ONE, "later"],
  [Schedule_OverlapPolicy.CANCEL_RUNNING, "later"],
]);
