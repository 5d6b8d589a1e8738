import type { Clock } from "../../async/clock.ts";
import type { Change } from "../../job/job.ts";
import type { JobState } from "../../job/job-state.ts";
import type { JobStatus } from "../../job/job-status.ts";
import type { PublishedChange, StatusHub } from "./status-hub.ts";
import type { ChangeMessage, WatchRequest } from "./watch.ts";

export type CursorStep =
  | { readonly kind: "message"; readonly message: ChangeMessage }
  | { readonly kind: "caught-up" }
  /** There is progress to tell, but `min_interval` says: not yet. `more`: others' progress waits behind it. */
  | { readonly kind: "held-back"; readonly forMs: number; readonly more: boolean }
  /** The ring has gone on beyond the cursor: changes are missing. */
  | { readonly kind: "overtaken" };

/** Earlier changes of a job that were left out because a later one is coming. */
interface Merged {
  readonly count: number;
  readonly previousState: JobState | undefined;
  /** True where the state was among what was left out. */
  readonly hidesState: boolean;
}

/**
 * A watcher's place in the hub's ring. `next` walks on to the next change that its watcher gets; the order of
 * what it gives is the order of revisions. With `latest` a change is left out when the job has changed again,
 * and counted with the change that comes instead; with `every-transition` only progress is.
 */
export class WatchCursor {
  /** The jobs that were asked for; empty: all. */
  readonly jobIds: ReadonlySet<string>;
  readonly #request: WatchRequest;
  readonly #hub: StatusHub;
  readonly #clock: Clock;
  readonly #labels: readonly (readonly [key: string, value: string])[];
  /** By job; unset while nothing has been left out, as with all watchers that keep up. */
  #merged: Map<string, Merged> | undefined;
  /** When a job was last told of; only kept where `min_interval` is asked for. */
  readonly #toldAtMs: Map<string, number> | undefined;
  /** Progress that is held back. All that comes behind it waits too, so that the order of revisions stays. */
  #held: PublishedChange | undefined;
  /** How far it was looked for what cannot wait behind what is held. */
  #lookedTo = 0;
  #moreBehind = false;
  #revision: number;
  /** What a resumed watch had missed is told at once. */
  #missedUpTo = 0;
  #coalesced = 0;

  constructor(request: WatchRequest, hub: StatusHub, clock: Clock) {
    this.#request = request;
    this.#hub = hub;
    this.#clock = clock;
    this.jobIds = new Set(request.jobIds);
    this.#labels = Object.entries(request.labels);
    this.#toldAtMs = request.minIntervalMs > 0 ? new Map() : undefined;
    this.#revision = hub.revision;
  }

  /** Everything up to this revision has been told or does not concern the watcher. */
  get revision(): number {
    return this.#held === undefined ? this.#revision : this.#held.change.revision - 1;
  }

  /** How many changes were left out so far because a later one was coming. */
  get coalesced(): number {
    return this.#coalesced;
  }

  /** Goes back to a revision that was told before. False where that is no longer, or not yet, possible. */
  resumeAfter(revision: number): boolean {
    if (revision < this.#hub.oldestCursor || revision > this.#hub.revision) return false;
    this.#revision = revision;
    this.#missedUpTo = this.#hub.revision;
    return true;
  }

  /** Begins anew, after a snapshot at this revision. */
  restartAt(revision: number): void {
    this.#merged = undefined;
    this.#held = undefined;
    this.#revision = revision;
  }

  /** The first change of the jobs that were named which it has not passed yet. */
  firstMissed(): Change | undefined {
    for (let revision = this.#revision + 1; revision <= this.#hub.revision; revision++) {
      const change = this.#hub.changeAt(revision)?.change;
      if (change !== undefined && this.jobIds.has(change.status.jobId)) return change;
    }
    return undefined;
  }

  /** Passes over changes that are known not to concern the watcher. */
  skipTo(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  selects(labels: JobStatus["labels"]): boolean {
    for (const [key, value] of this.#labels) if (labels[key] !== value) return false;
    return true;
  }

  next(): CursorStep {
    for (;;) {
      const published = this.#held ?? this.#take();
      if (published === undefined) return { kind: this.#isOvertaken ? "overtaken" : "caught-up" };
      const forMs = this.#heldBackMs(published);
      if (forMs > 0) {
        this.#held = published;
        return { kind: "held-back", forMs, more: this.#moreBehind };
      }
      this.#held = undefined;
      if (this.#isLeftOut(published)) this.#merge(published);
      else return { kind: "message", message: this.#message(published) };
    }
  }

  get #isOvertaken(): boolean {
    return this.#revision < this.#hub.oldestCursor;
  }

  /** The next change that concerns the watcher. */
  #take(): PublishedChange | undefined {
    while (this.#revision < this.#hub.revision) {
      const published = this.#hub.changeAt(this.#revision + 1);
      if (published === undefined) return undefined;
      this.#revision++;
      this.#lookedTo = this.#revision;
      this.#moreBehind = false;
      if (this.#concerns(published)) return published;
    }
    return undefined;
  }

  /** A job that loses the labels that were asked for concerns the watcher once more. */
  #concerns({ change }: PublishedChange): boolean {
    const { status, previousLabels } = change;
    const { jobId, labels } = status;
    if (this.jobIds.size > 0 && !this.jobIds.has(jobId)) return false;
    return this.selects(labels) || (previousLabels !== undefined && this.selects(previousLabels));
  }

  /** What takes a job out of the watcher's sight is always told: what comes after it may not concern him. */
  #isLeftOut({ change }: PublishedChange): boolean {
    if (change.kind === "removed" || !this.selects(change.status.labels)) return false;
    return this.#hub.isOutdated(change) && (change.progressOnly || this.#request.delivery === "latest");
  }

  #merge(published: PublishedChange): void {
    const { jobId } = published.change.status;
    this.#coalesced++;
    this.#merged ??= new Map();
    const { count, previousState, hidesState } = this.#merged.get(jobId) ?? {
      count: 0,
      previousState: this.#previousState(published),
      hidesState: false,
    };
    const hides = hidesState || !published.change.progressOnly;
    this.#merged.set(jobId, { count: count + 1, previousState, hidesState: hides });
  }

  /** A watcher that has caught up holds nothing for having been slow. */
  #forgetMerged(jobId: string): void {
    this.#merged?.delete(jobId);
    if (this.#merged?.size === 0) this.#merged = undefined;
  }

  /** Nothing was told of the state of a job that comes into the watcher's sight. */
  #previousState({ change: { previousLabels, previousState } }: PublishedChange): JobState | undefined {
    return previousLabels !== undefined && this.selects(previousLabels) ? previousState : undefined;
  }

  /** The shared message, unless something is merged into it or the job comes into the watcher's sight or leaves it. */
  #message(published: PublishedChange): ChangeMessage {
    const { change, message } = published;
    const { jobId, labels } = change.status;
    const merged = this.#merged?.get(jobId);
    const kind = this.selects(labels) ? message.kind : "removed";
    if (kind === "removed") this.#toldAtMs?.delete(jobId);
    else this.#toldAtMs?.set(jobId, this.#clock.monotonic());
    const { previousState } = merged ?? { previousState: this.#previousState(published) };
    if (merged === undefined && kind === message.kind && previousState === message.previousState)
      return message;
    this.#forgetMerged(jobId);
    return published.variant({ kind, previousState, coalesced: merged?.count ?? 0 });
  }

  /** How long progress has to wait still; not at all where it hides a change of state, or one cannot wait behind it. */
  #heldBackMs({ change }: PublishedChange): number {
    const { jobId } = change.status;
    if (change.revision <= this.#missedUpTo) return 0;
    if (this.#toldAtMs === undefined || !change.progressOnly || this.#hub.isOutdated(change)) return 0;
    if (this.#merged?.get(jobId)?.hidesState) return 0;
    const toldAtMs = this.#toldAtMs.get(jobId) ?? Number.NEGATIVE_INFINITY;
    const remainingMs = toldAtMs + this.#request.minIntervalMs - this.#clock.monotonic();
    return remainingMs > 0 && !this.#cannotWait() ? remainingMs : 0;
  }

  /** True where a change of state comes behind what is held, or so much progress that the ring would overtake it. */
  #cannotWait(): boolean {
    this.#lookedTo = Math.max(this.#lookedTo, this.#revision);
    for (; this.#lookedTo < this.#hub.revision; this.#lookedTo++) {
      const ahead = this.#hub.changeAt(this.#lookedTo + 1);
      if (ahead === undefined || !this.#concerns(ahead)) continue;
      if (!ahead.change.progressOnly) return true;
      this.#moreBehind = true;
    }
    return this.#moreBehind && this.#hub.revision - this.#revision > this.#hub.ring / 2;
  }
}
