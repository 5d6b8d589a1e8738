import type { Scheduler } from "fast-check";
import type { FullMode } from "../../src/channel/index.ts";
import { parseResumeToken } from "../../src/control/watch/resume-token.ts";
import type { WatchRequest } from "../../src/control/watch/watch.ts";
import type { Schedule } from "../../src/job/schedule.ts";
import { JobHistory } from "../../src/testing/job-history.ts";
import { toldByCore } from "../../src/testing/told-message.ts";
import type { WatchRecording } from "../../src/testing/watch-recording.ts";
import { Harness } from "../control/core-harness.ts";
import { Callers } from "./callers.ts";
import { GatedStore } from "./gated-store.ts";
import { type Operation, OperationLog } from "./operation-log.ts";
import type { Step } from "./play-steps.ts";
import { RecordedWatch } from "./recorded-watch.ts";
import type { SnapshotRead } from "./sightings.ts";

export interface PlayOptions {
  /** Of every lane. */
  readonly capacity: number;
  readonly fullMode: FullMode;
  /** Unset: no limit. */
  readonly rate?: { readonly rate: number; readonly burst: number } | undefined;
  readonly ring: number;
  readonly stopGraceMs: number;
  /** How long a settled job is kept that Start made. */
  readonly retentionMs: number;
  /** How often the type `b` runs by itself. */
  readonly intervalMs: number;
  readonly overlap: Schedule["overlap"];
  /** How many runs of a type go on at a time. Unset: no limit. */
  readonly concurrency: number | undefined;
}

/** What came of a play, to be judged. */
export interface Played {
  readonly history: JobHistory;
  readonly recordings: readonly WatchRecording[];
  readonly operations: readonly Operation[];
  /** How many callers have heard nothing. */
  readonly unanswered: number;
  readonly reads: readonly SnapshotRead[];
}

/**
 * One random play on a real core: a clock that stands still unless a step moves it, a store and callers whose turn
 * the scheduler picks, runs that end when a step says so, and watchers that are slow, cut off and come back.
 */
export class Play implements AsyncDisposable {
  readonly #harness: Harness;
  readonly #store: GatedStore;
  readonly #options: PlayOptions;
  readonly #log = new OperationLog();
  readonly #callers: Callers;
  readonly #watches: RecordedWatch[] = [];
  /** The runs that are known to have ended, or to have been killed. */
  readonly #over = new Set<Run>();
  /** Unset, once everything is to come to rest. */
  #scheduler: Scheduler | undefined;
  #lookedForKillsAt = 0;

  private constructor({ harness, store, options, scheduler }: Setting) {
    this.#harness = harness;
    this.#store = store;
    this.#options = options;
    this.#scheduler = scheduler;
    this.#callers = new Callers({
      control: harness.control,
      log: this.#log,
      now: () => harness.clock.now(),
      turn: (label) => this.#turn(label),
    });
  }

  static async open(options: PlayOptions, scheduler: Scheduler): Promise<Play> {
    const { capacity, fullMode, ring, rate, intervalMs, overlap } = options;
    const { stopGraceMs, retentionMs, concurrency } = options;
    const store = new GatedStore();
    const policies = { stopGraceMs, retentionMs, concurrency, queue: { capacity: 1, fullMode } };
    const schedule = { kind: "interval", intervalMs, overlap, catchUpMs: 0 } as const;
    const harness = await Harness.start({
      types: [
        { name: "a", ...policies },
        { name: "b", ...policies, schedule },
      ],
      lane: { capacity, fullMode },
      ring,
      store,
      ...(rate && { rate }),
    });
    store.gate(scheduler);
    return new Play({ harness, store, options, scheduler });
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case "command":
        this.#callers.order(step);
        break;
      case "repeat":
        this.#callers.repeat(step.at);
        break;
      case "abort":
        this.#callers.abort(step.at);
        break;
      case "snapshot-read":
        await this.#callers.readSnapshot(step.jobId);
        break;
      case "work":
        this.#work(step.what, step.at);
        break;
      case "advance":
        await this.#harness.clock.advance(step.ms);
        break;
      case "release":
        await this.#release(step.count);
        break;
      case "fail-commit":
        this.#store.failsNext = true;
        break;
      case "watch":
        this.#watch(step.watch.request, step.watch.isEager);
        break;
      case "read":
        pick(this.#openWatches, step.at)?.pull();
        break;
      case "cut":
        pick(this.#openWatches, step.at)?.cut();
        break;
      case "resume":
        this.#resume(step.at);
        break;
    }
    this.#noteKills();
  }

  /** Lets everything come to rest: every call is answered, every run ends, every watch reads what there is. */
  async end(): Promise<Played> {
    const scheduler = this.#scheduler;
    this.#scheduler = undefined;
    this.#store.failsNext = false;
    this.#store.gate(undefined);
    await scheduler?.waitIdle();
    await this.#rest();
    this.#callers.stopAll();
    await this.#rest();
    for (const run of this.#activeRuns) this.#endRun(run, false);
    await this.#rest();
    this.#log.settle();
    this.#callers.readAll();
    await this.#rest();
    for (const watch of this.#openWatches) watch.catchUp();
    await this.#rest();
    const revision = this.#published;
    return {
      history: new JobHistory(this.#store.changes),
      recordings: this.#watches.map((watch) => watch.recording(revision)),
      operations: this.#log.operations,
      unanswered: this.#log.unanswered,
      reads: this.#callers.reads,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#store.gate(undefined);
    await this.#scheduler?.waitIdle();
    for (const watch of this.#openWatches) watch.cut();
    await this.#harness[Symbol.asyncDispose]();
  }

  /** Long enough for every token, every commit that is tried again, and all that is held back. */
  async #rest(): Promise<void> {
    await this.#harness.clock.advance(3000);
    this.#noteKills();
  }

  #work(what: Extract<Step, { kind: "work" }>["what"], at: number): void {
    const run = pick(this.#activeRuns, at);
    if (run === undefined) return;
    if (what === "progress") run.progress(at);
    else if (what === "acknowledge") run.observer.acknowledged();
    else this.#endRun(run, what === "fail");
  }

  #endRun(run: Run, failed: boolean): void {
    this.#over.add(run);
    this.#log.runEnd(run.request.jobId, { execution: this.#executionOf(run), failed });
    if (failed) run.fail();
    else run.succeed();
  }

  /** A run that was killed has ended, at some moment since this was looked for. */
  #noteKills(): void {
    const since = this.#lookedForKillsAt;
    this.#lookedForKillsAt = this.#log.moment();
    for (const run of this.#harness.runner.runs) {
      if (run.kills === 0 || this.#over.has(run)) continue;
      this.#over.add(run);
      this.#log.runEnd(run.request.jobId, { execution: this.#executionOf(run), failed: true }, since);
    }
  }

  /** Which run of its job it is, from 1. */
  #executionOf(run: Run): number {
    const ofJob = this.#harness.runner.runs.filter(({ request }) => request.jobId === run.request.jobId);
    return ofJob.indexOf(run) + 1;
  }

  async #release(count: number): Promise<void> {
    for (let released = 0; released < count && (this.#scheduler?.count() ?? 0) > 0; released++)
      await this.#scheduler?.waitNext(1);
    await this.#harness.settle();
  }

  #watch(request: WatchRequest, isEager: boolean): void {
    const { control } = this.#harness;
    const caller = new AbortController();
    const messages = control.watch(request, this.#harness.call({ signal: caller.signal }));
    this.#watches.push(
      new RecordedWatch({
        request,
        epoch: parseResumeToken(this.#resumeToken)?.epoch ?? "",
        ring: this.#options.ring,
        messages: told(messages),
        isEager,
        turn: () => this.#turn("read"),
        published: () => this.#published,
        committed: () => this.#store.revision,
        cut: () => caller.abort(),
      }),
    );
  }

  /** Asks for the same as one of the watches, behind one of the messages that it got. */
  #resume(at: number): void {
    const watch = pick(this.#watches, at);
    if (watch === undefined) return;
    const { request, isEager } = watch.options;
    this.#watch({ ...request, resumeToken: watch.tokenAt(at) }, isEager);
  }

  async #turn(label: string): Promise<void> {
    await this.#scheduler?.schedule(Promise.resolve(), label);
  }

  get #activeRuns(): readonly Run[] {
    return this.#harness.runner.runs.filter((run) => !this.#over.has(run));
  }

  get #openWatches(): readonly RecordedWatch[] {
    return this.#watches.filter(({ isOver }) => !isOver);
  }

  get #resumeToken(): string {
    return this.#harness.control.list(nothing).resumeToken;
  }

  get #published(): number {
    return parseResumeToken(this.#resumeToken)?.revision ?? 0;
  }
}

interface Setting {
  readonly harness: Harness;
  readonly store: GatedStore;
  readonly options: PlayOptions;
  readonly scheduler: Scheduler;
}

type Run = Harness["runner"]["runs"][number];

const nothing = { pageSize: 0, pageToken: "", labels: {}, states: [], jobType: "" };

async function* told(messages: AsyncIterable<Parameters<typeof toldByCore>[0]>) {
  for await (const message of messages) yield toldByCore(message);
}

function pick<T>(from: readonly T[], at: number): T | undefined {
  return from[at % Math.max(1, from.length)];
}
