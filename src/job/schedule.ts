/** When a job runs by itself. Cron expressions will be the second kind. */
export interface Schedule {
  readonly kind: "interval";
  /** From one start to the next; at least `shortestIntervalMs`. */
  readonly intervalMs: number;
  readonly overlap: OverlapPolicy;
  /** A time that passed while the server was down is made up for if it is not longer ago than this. */
  readonly catchUpMs: number;
}

/**
 * What happens when its time comes while it still runs: that time is skipped, and counted; or one run follows as
 * soon as this one has ended; or this one is stopped, and then the next begins.
 */
export type OverlapPolicy = "skip" | "buffer-one" | "cancel-running";

export const shortestIntervalMs = 10;

/** A timer may fire this much before its time. */
const earlyAlarmMs = 100;

/** The times of a schedule that lie behind, and the next one ahead. */
export interface NextTime {
  readonly timeMs: number;
  /** How many times lay between `lastMs` and `nowMs`, and passed unused. */
  readonly missed: number;
}

/**
 * The time that a server which was down is to make up for: the last one before `nowMs`, if that is not too long
 * ago. It is at most one, however many have passed.
 */
export function timeToCatchUp(schedule: Schedule, dueMs: number, nowMs: number): number | undefined {
  if (dueMs > nowMs) return undefined;
  const { timeMs } = nextTime(schedule, dueMs, nowMs);
  const lastMs = timeMs - schedule.intervalMs;
  return nowMs - lastMs <= schedule.catchUpMs ? lastMs : undefined;
}

/**
 * The first time after `nowMs` on the schedule whose last time was `lastMs`. Where the clock was put back, an
 * interval begins anew: nobody is to wait until it has caught up.
 */
export function nextTime(schedule: Schedule, lastMs: number, nowMs: number): NextTime {
  if (lastMs - nowMs > earlyAlarmMs) return { timeMs: nowMs + schedule.intervalMs, missed: 0 };
  const steps = Math.max(1, Math.floor((nowMs - lastMs) / schedule.intervalMs) + 1);
  return { timeMs: lastMs + steps * schedule.intervalMs, missed: steps - 1 };
}
