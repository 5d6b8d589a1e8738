import { type CronFault, cronFault } from "../../calendar/cron-times.ts";
import type { Schedule } from "../../job/schedule.ts";
import type { CheckedType } from "./config-schema.ts";
import { ConfigurationError, type Place } from "./configuration-error.ts";
import { didYouMean, found } from "./expectation.ts";

/** The schedule of a type, of which it takes more than a look at each field to say whether it makes sense. */
export function declaredSchedule(
  checked: NonNullable<CheckedType["schedule"]>,
  { file, field }: Place,
): Schedule {
  const { interval, cron, timeZone, overlap, catchUp: catchUpMs, jitter: jitterMs } = checked;
  const policies = { overlap, catchUpMs, jitterMs };
  const wrong = (name: string, problem: string) =>
    new ConfigurationError({ file, field: name === "" ? field : `${field}.${name}` }, problem);
  if ((interval === undefined) === (cron === undefined)) {
    const found = interval === undefined ? "neither" : "both";
    throw wrong("", `expected either interval or cron, found ${found}`);
  }
  if (interval !== undefined) {
    if (timeZone !== undefined) throw wrong("timeZone", "belongs to cron; an interval has no hours");
    if (jitterMs !== undefined && jitterMs >= interval)
      throw wrong("jitter", "expected a duration shorter than the interval");
    return { kind: "interval", intervalMs: interval, ...policies };
  }
  const times = { expression: cron ?? "", timeZone: timeZone ?? "UTC" };
  const fault = cronFault(times);
  if (fault !== undefined) throw wrong(fault.field, `${fault.description}${hint(fault, times)}`);
  return { kind: "cron", ...times, ...policies };
}

/** The description of a zone has its name; that of an expression has at most a part of it. */
function hint({ field }: CronFault, { expression, timeZone }: CronTimesText): string {
  return field === "cron"
    ? `, found ${found(expression)}`
    : didYouMean(timeZone, Intl.supportedValuesOf("timeZone"));
}

interface CronTimesText {
  readonly expression: string;
  readonly timeZone: string;
}
