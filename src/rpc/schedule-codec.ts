import {
  Schedule_OverlapPolicy,
  type Schedule as ScheduleMessage,
} from "../../gen/jobcontrol/v1/schedule_pb.ts";
import { cronFault } from "../calendar/cron-times.ts";
import { assertNever } from "../job/assert-never.ts";
import {
  type CronSchedule,
  type OverlapPolicy,
  type Schedule,
  type SchedulePolicies,
  shortestIntervalMs,
} from "../job/schedule.ts";
import type { WordsOf } from "./enum-codec.ts";
import type { FieldChecks } from "./field-checks.ts";
import { toDuration } from "./time-codec.ts";

/** Schedules in both directions. */

export function fromSchedule(checks: FieldChecks, message: ScheduleMessage): Schedule {
  const { when, timeZone, overlapPolicy, catchUpWindow, jitter } = message;
  const overlap = checks.word("schedule.overlap_policy", overlapPolicy, overlapWords);
  const catchUpMs = checks.optionalDurationMs("schedule.catch_up_window", catchUpWindow, yearAtMost) ?? 0;
  const jitterMs = checks.optionalDurationMs("schedule.jitter", jitter, yearAtMost);
  const policies = { overlap, catchUpMs, jitterMs };
  switch (when.case) {
    case "interval": {
      const intervalMs = checks.optionalDurationMs("schedule.interval", when.value, intervalRange) ?? 0;
      if (timeZone !== "") checks.add("schedule.time_zone", "belongs to a cron expression");
      if (jitterMs !== undefined && jitterMs >= intervalMs)
        checks.add("schedule.jitter", "must be shorter than the interval");
      return { kind: "interval", intervalMs, ...policies };
    }
    case "cron":
      return cronSchedule(
        checks,
        { expression: when.value, timeZone: timeZone === "" ? "UTC" : timeZone },
        policies,
      );
    case undefined:
      checks.add("schedule", "must have an interval or a cron expression");
      return { kind: "interval", intervalMs: 0, ...policies };
    default:
      return assertNever(when);
  }
}

function cronSchedule(
  checks: FieldChecks,
  cron: Pick<CronSchedule, "expression" | "timeZone">,
  policies: SchedulePolicies,
): CronSchedule {
  const fault = cronFault(cron);
  if (fault !== undefined) checks.add(faultFields[fault.field], `is ${fault.description}`);
  return { kind: "cron", ...cron, ...policies };
}

const faultFields = { cron: "schedule.cron", timeZone: "schedule.time_zone" } as const;

export function toSchedule(schedule: Schedule): ScheduleMessage {
  const { overlap, catchUpMs, jitterMs = 0 } = schedule;
  return {
    $typeName: "jobcontrol.v1.Schedule",
    when:
      schedule.kind === "cron"
        ? { case: "cron", value: schedule.expression }
        : { case: "interval", value: toDuration(schedule.intervalMs) },
    timeZone: schedule.kind === "cron" ? schedule.timeZone : "",
    overlapPolicy: overlapNumbers[overlap],
    catchUpWindow: catchUpMs > 0 ? toDuration(catchUpMs) : undefined,
    jitter: jitterMs > 0 ? toDuration(jitterMs) : undefined,
  };
}

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
