import { Cron } from "croner";
import type { CronSchedule, CronTimes } from "../job/schedule.ts";

/**
 * The times of cron expressions, as croner reads them: five fields, or six with the seconds first, or a name such as
 * `@daily`. Where the clocks go forward, a time that is left out comes at once after it; where they go back, what is to
 * happen at an hour of the day happens once, and what is to happen every hour every hour. That is any with a `*` or a `/`
 * for its seconds, minutes or hours; a list of hours is not.
 */
export const cronTimes: CronTimes = {
  after: (schedule, timeMs) => {
    const { cron, next } = known(schedule);
    return remembered(next, timeMs, () => cron.nextRun(new Date(timeMs))?.getTime());
  },
  upTo: (schedule, timeMs) => {
    const { cron, last } = known(schedule);
    // The one before the next whole second: a time that is just now counts.
    const reference = Math.floor(timeMs / 1000) * 1000 + 1000;
    return remembered(last, reference, () => cron.previousRuns(1, new Date(reference))[0]?.getTime());
  },
};

/** What is wrong with an expression or its time zone, in a few words; undefined where nothing is. */
export function cronFault(schedule: Pick<CronSchedule, "expression" | "timeZone">): CronFault | undefined {
  const { expression, timeZone } = schedule;
  if (!isTimeZone(timeZone)) return { field: "timeZone", description: `not a time zone: ${timeZone}` };
  const fields = expression.trim().split(/\s+/).length;
  if (!expression.startsWith("@") && fields !== 5 && fields !== 6)
    return { field: "cron", description: "not a cron expression of five or six fields" };
  if (expression.length > longestExpression)
    return { field: "cron", description: `a cron expression of more than ${longestExpression} characters` };
  try {
    if (known(schedule).cron.nextRun() === null)
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

/** Parsing costs more than a look: those that are in use are kept. Each takes some 150 KB. */
const inUse = new Map<string, Known>();
const mostInUse = 200;

interface Known {
  readonly cron: Cron;
  /** What was found of late: after a restart all jobs of one expression ask for the same times that passed. */
  readonly next: Map<number, number | undefined>;
  readonly last: Map<number, number | undefined>;
}

function remembered(
  times: Map<number, number | undefined>,
  timeMs: number,
  find: () => number | undefined,
): number | undefined {
  if (times.has(timeMs)) return times.get(timeMs);
  const found = find();
  if (times.size >= mostTimes) times.clear();
  times.set(timeMs, found);
  return found;
}

/** As many as one job counts. */
const mostTimes = 1100;

function known({ expression, timeZone }: Pick<CronSchedule, "expression" | "timeZone">): Known {
  const key = `${timeZone} ${expression}`;
  let entry = inUse.get(key);
  if (entry === undefined) {
    const cron = new Cron(expression, { timezone: timeZone, paused: true, fixedTimeRule: "no-wildcard" });
    entry = { cron, next: new Map(), last: new Map() };
    if (inUse.size >= mostInUse) inUse.clear();
    inUse.set(key, entry);
  }
  return entry;
}
