import { Cron } from "croner";
import type { CronSchedule, CronTimes } from "../job/schedule.ts";
import { FoundTimes } from "./found-times.ts";

/**
 * The times of cron expressions, as croner reads them: five fields, or six with the seconds first, or a name such as
 * `@daily`. Where the clocks go forward, a time that is left out comes at once after it; where they go back, what is to
 * happen at an hour of the day happens once, and what is to happen every hour every hour. That is any with a `*` or a `/`
 * for its seconds, minutes or hours; a list of hours is not.
 */
export const cronTimes: CronTimes = {
  after: (schedule, timeMs) =>
    next.get(nameOf(schedule), timeMs, () => cronOf(schedule).nextRun(new Date(timeMs))?.getTime()),
  upTo: (schedule, timeMs) => {
    // The one before the next whole second: a time that is just now counts.
    const reference = Math.floor(timeMs / 1000) * 1000 + 1000;
    const find = () => cronOf(schedule).previousRuns(1, new Date(reference))[0]?.getTime();
    return last.get(nameOf(schedule), reference, find);
  },
};

/** What is wrong with an expression or its time zone, in a few words; undefined where nothing is. */
export function cronFault(schedule: Expression): CronFault | undefined {
  const { expression, timeZone } = schedule;
  if (!isTimeZone(timeZone)) return { field: "timeZone", description: `not a time zone: ${timeZone}` };
  const fields = expression.trim().split(/\s+/).length;
  if (!expression.startsWith("@") && fields !== 5 && fields !== 6)
    return { field: "cron", description: "not a cron expression of five or six fields" };
  if (expression.length > longestExpression)
    return { field: "cron", description: `a cron expression of more than ${longestExpression} characters` };
  try {
    if (cronOf(schedule).nextRun() === null)
      return { field: "cron", description: "a cron expression whose time never comes" };
    return undefined;
  } catch (error) {
    const description = error instanceof Error ? error.message.replace(/^CronPattern: /, "") : String(error);
    return { field: "cron", description: `not a cron expression: ${description}` };
  }
}

export interface CronFault {
  readonly field: "cron" | "timeZone";
  readonly description: string;
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** Room for every minute, hour, day and month one by one; each status of the job shows it. */
const longestExpression = 1000;

const next = new FoundTimes();
const last = new FoundTimes();

/** Parsing takes longer than a look: those that are in use are kept. Each takes some 150 KB. */
const inUse = new Map<string, Cron>();
const mostInUse = 200;

type Expression = Pick<CronSchedule, "expression" | "timeZone">;

function cronOf(schedule: Expression): Cron {
  const { expression, timeZone } = schedule;
  const name = nameOf(schedule);
  let cron = inUse.get(name);
  if (cron === undefined) {
    cron = new Cron(expression, { timezone: timeZone, paused: true, fixedTimeRule: "no-wildcard" });
    if (inUse.size >= mostInUse) inUse.clear();
    inUse.set(name, cron);
  }
  return cron;
}

function nameOf({ expression, timeZone }: Expression): string {
  return `${timeZone} ${expression}`;
}
