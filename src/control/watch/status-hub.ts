import { type Abortable, abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { type InTurnsOptions, inTurns } from "../../async/in-turns.ts";
import { LinkedList } from "../../async/linked-list.ts";
import { PassingMap } from "../../async/passing-map.ts";
import type { Recovered } from "../../engine/engine.ts";
import type { Change, Job } from "../../job/job.ts";
import type { JobStatus } from "../../job/job-status.ts";
import { formatResumeToken } from "./resume-token.ts";
import { SortedStatuses } from "./sorted-statuses.ts";
import type { ChangeMessage } from "./watch.ts";

export interface StatusHubOptions {
  /** How many of the last changes are kept for watchers; the most that one can lie behind. */
  readonly ring: number;
  readonly clock: Clock;
}

/** What the engine held. */
export interface Restored extends Pick<Recovered, "epoch" | "revision" | "jobs"> {
  /** The last changes, up to the revision. */
  readonly recent: readonly Change[];
}

/** A change in the ring, with the messages that watchers share: each is made for the first of them. */
export class PublishedChange {
  readonly change: Change;
  readonly #epoch: string;
  readonly #serverTimeMs: number;
  #message: ChangeMessage | undefined;
  #variant: ChangeMessage | undefined;

  constructor(
    change: Change,
    { epoch, serverTimeMs }: { readonly epoch: string; readonly serverTimeMs: number },
  ) {
    this.change = change;
    this.#epoch = epoch;
    this.#serverTimeMs = serverTimeMs;
  }

  get message(): ChangeMessage {
    const { revision, kind, status, previousState } = this.change;
    this.#message ??= {
      kind,
      status,
      previousState,
      resumeToken: formatResumeToken(this.#epoch, revision),
      coalesced: 0,
      serverTimeMs: this.#serverTimeMs,
    };
    return this.#message;
  }

  /** As it is told to a watcher that was told less before. Watchers that are slow are mostly slow alike: the last one made is shared. */
  variant({ kind, previousState, coalesced }: Variation): ChangeMessage {
    const last = this.#variant;
    if (last?.kind === kind && last.previousState === previousState && last.coalesced === coalesced)
      return last;
    this.#variant = { ...this.message, kind, previousState, coalesced };
    return this.#variant;
  }
}

type Variation = Pick<ChangeMessage, "kind" | "previousState" | "coalesced">;

/**
 * What watchers look at: the latest status of every job, and a ring of the last changes. It follows the engine's
 * committed changes. A watcher is a cursor into the ring, not a queue, so it costs the same however slow it is.
 */
export class StatusHub {
  readonly #ringSize: number;
  readonly #clock: Clock;
  /** The change of revision r is at r modulo the ring's size. */
  readonly #ring: PublishedChange[] = [];
  #statuses = new Map<string, JobStatus>();
  #inOrder = new SortedStatuses();
  /** The revision of the last change of every job that is there, or was removed within the ring. */
  readonly #lastRevisions = new Map<string, number>();
  readonly #audience = new Audience();
  readonly #milestones = new LinkedList<{ readonly revision: number; readonly resolve: () => void }>();
  #epoch = "";
  #revision = 0;
  #firstRevision = 0;

  constructor({ ring, clock }: StatusHubOptions) {
    this.#ringSize = ring;
    this.#clock = clock;
  }

  /** How many of the last changes it keeps. */
  get ring(): number {
    return this.#ringSize;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** The revision that it shows. */
  get revision(): number {
    return this.#revision;
  }

  /** The lowest revision after which every change is still in the ring. */
  get oldestCursor(): number {
    return Math.max(this.#firstRevision, this.#revision - this.#ringSize);
  }

  get resumeToken(): string {
    return formatResumeToken(this.#epoch, this.#revision);
  }

  /**
   * Takes over what the engine held, and the last changes before that, so that watches resume from there. Resolves with what
   * shows it: until then nothing of it is to be seen.
   * Cancellation: rejects with the signal's reason.
   */
  async restore({ jobs, ...recovered }: Restored, turns: InTurnsOptions): Promise<() => void> {
    const { epoch, revision, recent } = recovered;
    const statuses = new Map<string, JobStatus>();
    const inOrder = new SortedStatuses();
    await inTurns(recent, (change) => this.#keep(change, epoch), turns);
    const take = ({ status }: Job) => {
      statuses.set(status.jobId, status);
      inOrder.set(status);
      this.#lastRevisions.set(status.jobId, status.revision);
    };
    await inTurns(jobs, take, turns);
    return () => {
      this.#epoch = epoch;
      this.#revision = revision;
      this.#firstRevision = revision - recent.length;
      this.#statuses = statuses;
      this.#inOrder = inOrder;
    };
  }

  /** Takes in the next change and wakes whom it concerns. */
  publish(change: Change): void {
    const { revision, status } = change;
    const { jobId } = status;
    this.#forgetOverwritten(revision);
    this.#keep(change, this.#epoch);
    this.#revision = revision;
    if (change.kind === "removed") {
      this.#statuses.delete(jobId);
      this.#inOrder.delete(jobId);
    } else {
      this.#statuses.set(jobId, status);
      this.#inOrder.set(status);
    }
    if (this.#milestones.size > 0) this.#pass(revision);
    this.#audience.wake(jobId, revision);
  }

  status(jobId: string): JobStatus | undefined {
    return this.#statuses.get(jobId);
  }

  /** The jobs with ids beyond `jobId`, in the order of their ids, as they are now whatever happens meanwhile. */
  statusesAfter(jobId = ""): Iterable<JobStatus> {
    return this.#inOrder.after(jobId);
  }

  /** The change of a revision, if it is still in the ring. */
  changeAt(revision: number): PublishedChange | undefined {
    if (revision <= this.oldestCursor || revision > this.#revision) return undefined;
    return this.#ring[revision % this.#ringSize];
  }

  /** True where the job has changed again after this change. */
  isOutdated({ revision, status }: Change): boolean {
    return (this.#lastRevisions.get(status.jobId) ?? 0) > revision;
  }

  /**
   * Resolves once it shows this revision.
   * Cancellation: rejects with the signal's reason.
   */
  async reached(revision: number, { signal }: Abortable = {}): Promise<void> {
    if (this.#revision >= revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const place = this.#milestones.push({ revision, resolve });
    try {
      await abortable(promise, signal);
    } finally {
      this.#milestones.remove(place);
    }
  }

  /**
   * Resolves with the status of the job as soon as that is as asked; undefined: there is no such job.
   * Cancellation: rejects with the signal's reason.
   */
  async until(
    jobId: string,
    isMet: (status: JobStatus | undefined) => boolean,
    { signal }: Abortable = {},
  ): Promise<JobStatus | undefined> {
    if (isMet(this.status(jobId))) return this.status(jobId);
    const { promise, resolve } = Promise.withResolvers<JobStatus | undefined>();
    const look = () => {
      const status = this.status(jobId);
      if (isMet(status)) resolve(status);
    };
    const jobIds = new Set([jobId]);
    const subscriber = { wake: look };
    this.subscribe(jobIds, subscriber);
    try {
      return await abortable(promise, signal);
    } finally {
      this.unsubscribe(jobIds, subscriber);
    }
  }

  /** Has the subscriber woken at every change of these jobs; of all jobs where none is named. */
  subscribe(jobIds: ReadonlySet<string>, subscriber: Subscriber): void {
    this.#audience.add(jobIds, subscriber);
  }

  /** Ends what `subscribe` began with the same jobs. */
  unsubscribe(jobIds: ReadonlySet<string>, subscriber: Subscriber): void {
    this.#audience.remove(jobIds, subscriber);
  }

  #pass(reached: number): void {
    for (const { revision, resolve } of this.#milestones) if (revision <= reached) resolve();
  }

  #keep(change: Change, epoch: string): void {
    const { revision, status } = change;
    const told = { epoch, serverTimeMs: this.#clock.now() };
    this.#ring[revision % this.#ringSize] = new PublishedChange(change, told);
    this.#lastRevisions.set(status.jobId, revision);
  }

  /** A removed job is remembered as long as its removal is in the ring. */
  #forgetOverwritten(revision: number): void {
    const old = this.#ring[revision % this.#ringSize]?.change;
    if (old?.kind === "removed" && this.#lastRevisions.get(old.status.jobId) === old.revision) {
      this.#lastRevisions.delete(old.status.jobId);
    }
  }
}

/** Who wants to hear of changes. */
export interface Subscriber {
  /** Called during `publish`, with the revision of the change. It must not throw. */
  wake(revision: number): void;
}

/** Who wants to hear of which job. A change costs those whom it concerns, and nobody else. */
class Audience {
  readonly #ofAll = new Set<Subscriber>();
  readonly #ofJob = new PassingMap<string, Set<Subscriber>>();

  add(jobIds: ReadonlySet<string>, subscriber: Subscriber): void {
    if (jobIds.size === 0) this.#ofAll.add(subscriber);
    for (const jobId of jobIds) {
      const subscribers = this.#ofJob.get(jobId) ?? new Set();
      this.#ofJob.set(jobId, subscribers.add(subscriber));
    }
  }

  wake(jobId: string, revision: number): void {
    for (const subscriber of this.#ofAll) subscriber.wake(revision);
    for (const subscriber of this.#ofJob.get(jobId) ?? []) subscriber.wake(revision);
  }

  remove(jobIds: ReadonlySet<string>, subscriber: Subscriber): void {
    this.#ofAll.delete(subscriber);
    for (const jobId of jobIds) {
      const subscribers = this.#ofJob.get(jobId);
      if (subscribers?.delete(subscriber) && subscribers.size === 0) this.#ofJob.delete(jobId);
    }
  }
}
