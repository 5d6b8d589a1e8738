import { atTime } from "../../async/at-time.ts";
import type { Clock, Timer } from "../../async/clock.ts";
import { PassingMap } from "../../async/passing-map.ts";
import { type Alarm, alarmOf, type Job } from "../../job/job.ts";
import type { AlarmTime } from "../../job/job-event.ts";
import type { PostedEvent } from "./posted-event.ts";

/** An alarm that has gone off. */
export interface PostedAlarm extends PostedEvent {
  readonly event: Alarm & AlarmTime;
}

export interface JobTimersOptions {
  readonly clock: Clock;
  readonly post: (event: PostedEvent) => void;
}

/**
 * One timer a job, for the next moment that matters to it (`alarmOf`). It only posts an event; whether
 * it still concerns the job is for the state machine to say when it handles it.
 */
export class JobTimers {
  readonly #options: JobTimersOptions;
  readonly #set = new PassingMap<string, Alarm & { readonly timer: Timer }>();
  /** By the job: a job has one run at a time. */
  readonly #heldBack = new Map<string, Timer>();

  constructor(options: JobTimersOptions) {
    this.#options = options;
  }

  /** Sets the timer that the job needs now, and takes back any other. Undefined: it is not there any more. */
  follow(jobId: string, job: Job | undefined): void {
    const alarm = job && alarmOf(job);
    const set = this.#set.get(jobId);
    if (set?.timeMs === alarm?.timeMs && set?.kind === alarm?.kind) return;
    this.#cancel(jobId);
    if (job === undefined || alarm === undefined) return;
    const { timeMs, kind } = alarm;
    const { uid } = job.status;
    const { clock, post } = this.#options;
    const ring = (leftMs = 0) => {
      this.#set.delete(jobId);
      post({ jobId, uid, event: { kind, timeMs, ...(leftMs > 0 && { leftMs }) } });
    };
    const timer = isToldTime[kind]
      ? atTime(clock, timeMs, ring)
      : clock.setTimer(timeMs - clock.now(), () => ring());
    this.#set.set(jobId, { ...alarm, timer });
  }

  /** Posts an alarm that went off again a while later, unless the job needs another by then. */
  postpone({ jobId, uid, event }: PostedAlarm): void {
    this.#cancel(jobId);
    const timer = this.#options.clock.setTimer(postponeMs, () => {
      this.#set.delete(jobId);
      this.#options.post({ jobId, uid, event });
    });
    this.#set.set(jobId, { ...event, timer });
  }

  /** Posts the end of a run again a while later, whatever its job needs by then. */
  holdBack(ended: PostedEvent): void {
    const timer = this.#options.clock.setTimer(postponeMs, () => {
      this.#heldBack.delete(ended.jobId);
      this.#options.post(ended);
    });
    this.#heldBack.set(ended.jobId, timer);
  }

  /** True while the run of the job has ended, and that is held back. */
  holdsEndOf(jobId: string): boolean {
    return this.#heldBack.has(jobId);
  }

  dispose(): void {
    for (const { timer } of this.#set.values()) timer.cancel();
    for (const timer of this.#heldBack.values()) timer.cancel();
    this.#set.clear();
    this.#heldBack.clear();
  }

  #cancel(jobId: string): void {
    this.#set.get(jobId)?.timer.cancel();
    this.#set.delete(jobId);
  }
}

/**
 * The next time of a schedule, and that of the next attempt, come when the wall clock shows what was told of them. How long work
 * may take, and to stop, is so long, whatever that clock does: while the machine slept nothing was done.
 */
const isToldTime: Readonly<Record<Alarm["kind"], boolean>> = {
  due: true,
  retryDue: true,
  timedOut: false,
  graceOver: false,
};

const postponeMs = 1000;
