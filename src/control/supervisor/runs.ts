import type { Clock, Timer } from "../../async/clock.ts";
import { nextTurn } from "../../async/next-turn.ts";
import { PassingMap } from "../../async/passing-map.ts";
import { assertNever } from "../../job/assert-never.ts";
import type { Job } from "../../job/job.ts";
import type { Effect } from "../../job/job-event.ts";
import type { Progress, RunStatus } from "../../job/job-status.ts";
import type { JsonObject } from "../../job/json.ts";
import type { OutputSource } from "../../job/output-line.ts";
import type { RunResult } from "../../job/run-result.ts";
import type { Run, Runner, RunObserver, WrittenLines } from "../../runner/runner.ts";
import type { Journal, NotedRun } from "../../telemetry/journal.ts";
import type { Meter } from "../../telemetry/meter.ts";
import type { Tracing } from "../../telemetry/tracing.ts";
import type { OutputHub } from "../output/output-hub.ts";
import type { RunOutput } from "../output/run-output.ts";
import type { PostedEvent } from "./posted-event.ts";

export interface RunsOptions {
  readonly runner: Runner;
  /** Where what the runs write is kept. */
  readonly output: OutputHub;
  readonly clock: Clock;
  readonly post: (event: PostedEvent) => void;
  readonly meter?: Pick<Meter, "attemptBegan" | "runEnded"> | undefined;
  readonly tracing?: Pick<Tracing, "attemptBegan" | "attemptFailed" | "runEnded"> | undefined;
  readonly journal?: Pick<Journal, "runLost" | "runForced"> | undefined;
}

/**
 * The runs that are going on. What they tell is posted as events, progress at most twenty times a second; what they
 * write goes to the output hub.
 */
export class Runs {
  readonly #options: RunsOptions;
  readonly #active = new PassingMap<string, ActiveRun>();

  constructor(options: RunsOptions) {
    this.#options = options;
  }

  get count(): number {
    return this.#active.size;
  }

  /** Does what was decided about a run of the job. */
  carryOut(job: Job, effect: Effect): void {
    switch (effect.kind) {
      case "startRun":
        this.#start(job, effect.run, effect.input);
        this.#options.meter?.attemptBegan(job.status.jobType, effect.run);
        break;
      case "stopRun":
        this.#active.get(effect.runId)?.run.stop();
        break;
      case "killRun":
        this.#kill(job, effect.runId);
        break;
      case "endAttempt":
        this.#active.delete(effect.runId);
        this.#options.tracing?.attemptFailed(effect.runId, effect.failure);
        break;
      case "recordRun":
        this.#end(job, effect.run);
        break;
      default:
        assertNever(effect);
    }
  }

  #start({ status, begunBy }: Job, { runId, attempt, fallback }: RunStatus, input: JsonObject): void {
    const { runner, tracing } = this.#options;
    const { jobId, jobType } = status;
    const observer = new Observer(this.#options, { jobId, uid: status.uid, runId });
    const begun = { jobId, jobType, runId, attempt };
    const trace = tracing?.attemptBegan({ ...begun, isFallback: fallback !== undefined, command: begunBy });
    const note = { ...begun, commandId: begunBy?.commandId, trace };
    this.#active.set(runId, {
      run: runner.start({ ...note, input, failure: fallback?.cause }, observer),
      note,
    });
  }

  #kill({ status }: Job, runId: string): void {
    const active = this.#active.get(runId);
    if (active === undefined) return;
    this.#options.journal?.runForced(active.note, status.currentRun?.stopping);
    active.run.kill();
  }

  #end({ status }: Job, run: RunStatus): void {
    const { meter, tracing, journal } = this.#options;
    const { jobId, jobType } = status;
    const { runId, attempt, state } = run;
    const { note = { jobId, jobType, runId, attempt } } = this.#active.get(runId) ?? {};
    this.#active.delete(runId);
    meter?.runEnded(jobType, run);
    tracing?.runEnded(run);
    if (state === "lost") journal?.runLost(note);
  }
}

interface ActiveRun {
  readonly run: Run;
  /** How it is called where it is told of. */
  readonly note: NotedRun;
}

interface RunIdentity {
  readonly jobId: string;
  readonly uid: string;
  readonly runId: string;
}

/** Posts what one run tells, and keeps what it writes. Of progress that comes faster than it is passed on, the newest counts. */
class Observer implements RunObserver {
  readonly #options: RunsOptions;
  readonly #run: RunIdentity;
  readonly #output: RunOutput;
  #unsent: Progress | undefined;
  #pause: Timer | undefined;
  #hasAcknowledged = false;
  #hasEnded = false;

  constructor(options: RunsOptions, run: RunIdentity) {
    this.#options = options;
    this.#run = run;
    this.#output = options.output.begin(run.uid, run.runId);
  }

  wrote(source: OutputSource, lines: WrittenLines): void {
    this.#options.output.write(this.#output, source, lines);
  }

  progressed(progress: Progress): void {
    this.#unsent = progress;
    if (this.#pause === undefined) this.#sendProgress();
  }

  /** Of what ends as soon as it is asked to, the end tells this too: one change in place of two. */
  acknowledged(): void {
    this.#hasAcknowledged = true;
    void nextTurn().then(() => {
      if (!this.#hasEnded) this.#post({ kind: "acknowledged", runId: this.#run.runId });
    });
  }

  ended(result: RunResult): void {
    this.#hasEnded = true;
    this.#pause?.cancel();
    this.#sendProgress();
    this.#pause?.cancel();
    const acknowledged = this.#hasAcknowledged;
    this.#post({ kind: "ended", runId: this.#run.runId, result, acknowledged });
  }

  #sendProgress(): void {
    const progress = this.#unsent;
    this.#pause = undefined;
    if (progress === undefined) return;
    this.#unsent = undefined;
    this.#post({ kind: "progressed", runId: this.#run.runId, progress });
    this.#pause = this.#options.clock.setTimer(progressPauseMs, () => this.#sendProgress());
  }

  #post(event: PostedEvent["event"]): void {
    const { jobId, uid } = this.#run;
    this.#options.post({ jobId, uid, event });
  }
}

const progressPauseMs = 50;
