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

/** What is wrong with a schedule that takes more than a look at each field; undefined where it makes sense. */
export function scheduleProblem({ interval, cron, timeZone, jitter }: CheckedSchedule): Wrong | undefined {
  if ((interval === undefined) === (cron === undefined)) {
    const there = interval === undefined ? "neither" : "both";
    return { field: "", problem: `expected either interval or cron, found ${there}` };
  }
  if (interval !== undefined) {
    if (timeZone !== undefined)
      return { field: "timeZone", problem: "belongs to cron; an interval has no hours" };
    if (jitter === undefined || jitter < interval) return undefined;
    return { field: "jitter", problem: "expected a duration shorter than the interval" };
  }
  const expression = cron ?? "";
  const fault = cronFault({ expression, timeZone: timeZone ?? "UTC" });
  if (fault === undefined) return undefined;
  // The description of a zone has its name; that of an expression has at most a part of it.
  const more =
    fault.field === "cron"
      ? `, found ${found(expression)}`
      : didYouMean(timeZone ?? "", Intl.supportedValuesOf("timeZone"));
  return { field: fault.field, problem: `${fault.description}${more}` };
}

/** Of a schedule with which nothing is wrong. */
export function declaredSchedule(checked: CheckedSchedule): Schedule {
  const { interval, cron, timeZone, overlap, catchUp: catchUpMs, jitter: jitterMs } = checked;
  const policies = { overlap, catchUpMs, jitterMs };
  if (interval !== undefined) return { kind: "interval", intervalMs: interval, ...policies };
  return { kind: "cron", expression: cron ?? "", timeZone: timeZone ?? "UTC", ...policies };
}
