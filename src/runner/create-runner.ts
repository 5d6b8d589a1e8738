import type { Abortable } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { PassingMap } from "../async/passing-map.ts";
import { assertNever } from "../job/assert-never.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { FunctionRun, type FunctionRunOptions } from "./function-run.ts";
import type { RunLog } from "./job-context.ts";
import { JobLog } from "./job-log.ts";
import { ProcessRun } from "./process-run.ts";
import type { RunMarks } from "./run-marks.ts";
import { failed, RunReport } from "./run-report.ts";
import type { Run, Runner, RunObserver, RunRequest } from "./runner.ts";
import { ThreadPool } from "./thread/thread-pool.ts";
import { ThreadRun } from "./thread/thread-run.ts";
import type { ThreadWork, Work } from "./work.ts";

export interface RunnerOptions {
  /** By the name of the job type. */
  readonly works: ReadonlyMap<string, Work>;
  /** What those fall back on that do. Default: none */
  readonly fallbacks?: ReadonlyMap<string, Work>;
  readonly clock: Clock;
  /** Where `ctx.log()` writes; by default nowhere. */
  readonly log?: RunLog;
  /** How processes are known again that outlive the server. Unset: they are not. */
  readonly marks?: RunMarks | undefined;
  /** Has functions work as a part of their runs' traces. */
  readonly tracing?: Pick<Tracing, "within"> | undefined;
}

/**
 * Creates the runner of one process: it does the work that is declared for a job's type, and owns the runs.
 * Its disposal ends those that still go on, by force, and waits for them; a later start fails.
 */
export function createRunner(options: RunnerOptions): Runner {
  return new LocalRunner(options);
}

class LocalRunner implements Runner {
  readonly #options: RunnerOptions;
  readonly #running = new PassingMap<Run, RunReport>();
  /** By their work; each is made when it is first needed. */
  readonly #pools = new Map<ThreadWork, ThreadPool>();
  #disposed = false;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  start(request: RunRequest, observer: RunObserver): Run {
    const report = new RunReport(observer);
    const run = this.#begin(request, report);
    this.#running.set(run, report);
    void report.told.then(() => this.#running.delete(run));
    return run;
  }

  async recover(options: Abortable = {}): Promise<void> {
    await this.#options.marks?.endLeftovers(options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    for (const run of this.#running.keys()) run.kill();
    await Promise.all([...this.#running.values()].map((report) => report.told));
    await Promise.all([...this.#pools.values()].map((pool) => pool[Symbol.asyncDispose]()));
  }

  #begin(request: RunRequest, report: RunReport): Run {
    const { works, fallbacks, clock, log, marks } = this.#options;
    const work = (request.failure === undefined ? works : fallbacks)?.get(request.jobType);
    if (work === undefined) {
      const message = `No work is declared for the job type: ${request.jobType}`;
      return refused(report, { reason: "JOB_TYPE_NOT_FOUND", message });
    }
    if (this.#disposed) return refused(report, { reason: "ABANDONED", message: "The server is ending" });
    const jobLog = new JobLog(request, { report, clock, log });
    const run = this.#create(work, request, { report, clock, marks, jobLog });
    run.begin();
    return run;
  }

  #create(work: Work, request: RunRequest, options: RunOptions): Run & { begin(): void } {
    const { jobLog, ...rest } = options;
    switch (work.kind) {
      case "function":
        return new FunctionRun(work, request, {
          ...rest,
          log: (message) => jobLog.write(message),
          within: this.#withinOf(request),
        });
      case "thread":
        return new ThreadRun(this.#poolOf(work), request, {
          ...rest,
          log: jobLog,
          memoryBytes: work.memoryBytes,
        });
      case "process":
        return new ProcessRun(work, request, { ...rest, log: jobLog });
      default:
        return assertNever(work);
    }
  }

  #withinOf(request: RunRequest): FunctionRunOptions["within"] {
    const { tracing } = this.#options;
    return tracing && request.trace && ((work) => tracing.within(request, work));
  }

  #poolOf(work: ThreadWork): ThreadPool {
    const pool = this.#pools.get(work) ?? new ThreadPool(work);
    this.#pools.set(work, pool);
    return pool;
  }
}

interface RunOptions {
  readonly report: RunReport;
  readonly clock: Clock;
  readonly jobLog: JobLog;
  readonly marks: RunMarks | undefined;
}

interface Refused {
  readonly reason: string;
  readonly message: string;
}

/** A run that ends before it begins. */
function refused(report: RunReport, { reason, message }: Refused): Run {
  report.end(failed(reason, message, false));
  return { stop: () => {}, kill: () => {} };
}
