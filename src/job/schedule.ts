/** When a job runs by itself. */
export type Schedule = IntervalSchedule | CronSchedule;

export interface IntervalSchedule extends SchedulePolicies {
  readonly kind: "interval";
  /** From one start to the next; at least `shortestIntervalMs`. The first run is at once. */
  readonly intervalMs: number;
}

export interface CronSchedule extends SchedulePolicies {
  readonly kind: "cron";
  readonly expression: string;
  /** The IANA name of the zone in which the expression is read. */
  readonly timeZone: string;
}

export interface SchedulePolicies {
  readonly overlap: OverlapPolicy;
  /** A time that passed while the server was down is made up for if it is not longer ago than this. */
  readonly catchUpMs: number;
  /** Each run begins up to so much after its time, at random, so that many jobs do not begin together. Unset: none. */
  readonly jitterMs?: number | undefined;
}

/**
 * What happens when its time comes while it still runs: that time is skipped, and counted; or one run follows as
 * soon as this one has ended; or this one is stopped, and then the next begins.
 */
export type OverlapPolicy = "skip" | "buffer-one" | "cancel-running";

export const shortestIntervalMs = 10;

export function isSameSchedule(one: Schedule | undefined, other: Schedule | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  const words = wordsOf(other);
  return wordsOf(one).every((word, at) => word === words[at]);
}

function wordsOf(schedule: Schedule): readonly (string | number)[] {
  const { kind, overlap, catchUpMs, jitterMs = 0 } = schedule;
  const times =
    schedule.kind === "cron" ? [schedule.expression, schedule.timeZone] : [schedule.intervalMs, ""];
  return [kind, overlap, catchUpMs, jitterMs, ...times];
}

/** The times of cron expressions: time zones and their clock changes are the affair of who gives them. */
export interface CronTimes {
  /** The first time after a moment; undefined where none comes any more. */
  after(schedule: CronSchedule, timeMs: number): number | undefined;
  /** The last time before a moment, or just then. */
  upTo(schedule: CronSchedule, timeMs: number): number | undefined;
}

/** A timer may fire this much before its time. */
const earlyAlarmMs = 100;

/**
 * True where the alarm of a time has gone off before it: the clock was put back. An interval that has passed all the same
 * counts; of one that has not, `leftMs` is still to come.
 */
export function isBefore(
  schedule: Schedule,
  { timeMs, leftMs = 0 }: { readonly timeMs: number; readonly leftMs: number | undefined },
  nowMs: number,
): boolean {
  return schedule.kind === "cron" ? timeMs - nowMs > earlyAlarmMs : leftMs > 0;
}

/** Of the times of a cron expression that passed unused no more are counted, however many there were. */
const mostMissed = 1000;

/** The times of a schedule that lie behind, and the next one ahead. */
export interface NextTime {
  /** Undefined where there is none. */
  readonly timeMs: number | undefined;
  /** How many times lay between `lastMs` and `nowMs`, and passed unused. */
  readonly missed: number;
}

/** Where a schedule stands: the last time of it that counted, and what the clock says. */
export interface ScheduleMoment {
  readonly lastMs: number;
  readonly nowMs: number;
}

/**
 * The time that a server which was down is to make up for: the last one before `nowMs`, if that is not too long
 * ago. It is at most one, however many have passed. `lastMs` is the first that passed.
 */
export function timeToCatchUp(
  schedule: Schedule,
  moment: ScheduleMoment,
  cron: CronTimes,
): number | undefined {
  const { lastMs, nowMs } = moment;
  if (lastMs > nowMs) return undefined;
  const newestMs = newestTime(schedule, moment, cron);
  return nowMs - newestMs <= schedule.catchUpMs ? newestMs : undefined;
}

function newestTime(schedule: Schedule, { lastMs, nowMs }: ScheduleMoment, cron: CronTimes): number {
  if (schedule.kind === "cron") return Math.max(lastMs, cron.upTo(schedule, nowMs) ?? lastMs);
  const { intervalMs } = schedule;
  return lastMs + Math.floor((nowMs - lastMs) / intervalMs) * intervalMs;
}

/**
 * The first time after `nowMs` on the schedule whose last time was `lastMs`. Where the clock was put back, an
 * interval begins anew: nobody is to wait until it has caught up.
 */
export function nextTime(schedule: Schedule, moment: ScheduleMoment, cron: CronTimes): NextTime {
  const { lastMs, nowMs } = moment;
  const wasPutBack = lastMs - nowMs > earlyAlarmMs;
  if (schedule.kind === "cron")
    return nextCronTime(schedule, { lastMs: wasPutBack ? nowMs : lastMs, nowMs }, cron);
  const { intervalMs } = schedule;
  if (wasPutBack) return { timeMs: nowMs + intervalMs, missed: 0 };
  const steps = Math.max(1, Math.floor((nowMs - lastMs) / intervalMs) + 1);
  return { timeMs: lastMs + steps * intervalMs, missed: steps - 1 };
}

function nextCronTime(schedule: CronSchedule, { lastMs, nowMs }: ScheduleMoment, cron: CronTimes): NextTime {
  let missed = 0;
  for (let timeMs: number | undefined = lastMs; missed <= mostMissed; missed++) {
    timeMs = cron.after(schedule, timeMs);
    if (timeMs === undefined || timeMs > nowMs) return { timeMs, missed };
  }
  return { timeMs: cron.after(schedule, nowMs), missed: mostMissed };
}
