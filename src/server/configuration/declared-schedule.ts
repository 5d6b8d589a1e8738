import { cronFault } from "../../calendar/cron-times.ts";
import type { OverlapPolicy, Schedule } from "../../job/schedule.ts";
import { didYouMean, found, type Wrong } from "./expectation.ts";

/** A schedule whose fields are right one by one. */
export interface CheckedSchedule {
  readonly interval?: number | undefined;
  readonly cron?: string | undefined;
  readonly timeZone?: string | undefined;
  readonly jitter?: number | undefined;
  readonly overlap: OverlapPolicy;
  readonly catchUp: number;
}

/** What is wrong with a schedule that takes more than a look at each field; none where it makes sense. */
export function scheduleProblems({ interval, cron, timeZone, jitter }: CheckedSchedule): readonly Wrong[] {
  if ((interval === undefined) === (cron === undefined)) {
    const there = interval === undefined ? "neither" : "both";
    return [{ field: "", problem: `expected either interval or cron, found ${there}` }];
  }
  if (interval !== undefined) {
    if (timeZone !== undefined)
      return [{ field: "timeZone", problem: "belongs to cron; an interval has no hours" }];
    if (jitter === undefined || jitter < interval) return [];
    return [{ field: "jitter", problem: "expected a duration shorter than the interval" }];
  }
  return cronProblems(cron ?? "", timeZone);
}

/** An expression is looked at also where its zone is none. */
function cronProblems(expression: string, timeZone = "UTC"): readonly Wrong[] {
  const fault = cronFault({ expression, timeZone });
  if (fault === undefined) return [];
  const { field, description } = fault;
  // The description of a zone has its name; that of an expression has at most a part of it.
  if (field === "cron") return [{ field, problem: `${description}, found ${found(expression)}` }];
  const near = didYouMean(timeZone, Intl.supportedValuesOf("timeZone"));
  return [...cronProblems(expression), { field, problem: `${description}${near}` }];
}

/** Of a schedule with which nothing is wrong. */
export function declaredSchedule(checked: CheckedSchedule): Schedule {
  const { interval, cron, timeZone, overlap, catchUp: catchUpMs, jitter: jitterMs } = checked;
  const policies = { overlap, catchUpMs, jitterMs };
  if (interval !== undefined) return { kind: "interval", intervalMs: interval, ...policies };
  return { kind: "cron", expression: cron ?? "", timeZone: timeZone ?? "UTC", ...policies };
}
