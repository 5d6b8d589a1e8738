/** When a job runs by itself. Cron expressions will be the second kind. */
export interface Schedule {
  readonly kind: "interval";
  /** From one start to the next; at least `shortestIntervalMs`. */
  readonly intervalMs: number;
  /** What happens when its time comes while it still runs: that time is skipped, and counted. */
  readonly overlap: "skip";
}

export const shortestIntervalMs = 10;

/** The times of a schedule that lie behind, and the next one ahead. */
export interface NextTime {
  readonly timeMs: number;
  /** How many times lay between `lastMs` and `nowMs`, and passed unused. */
  readonly missed: number;
}

/** The first time after `nowMs` on the schedule whose last time was `lastMs`. */
export function nextTime(schedule: Schedule, lastMs: number, nowMs: number): NextTime {
  const steps = Math.max(1, Math.floor((nowMs - lastMs) / schedule.intervalMs) + 1);
  return { timeMs: lastMs + steps * schedule.intervalMs, missed: steps - 1 };
}
