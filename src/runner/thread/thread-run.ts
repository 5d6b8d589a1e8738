import type { Clock, Timer } from "../../async/clock.ts";
import { assertNever } from "../../job/assert-never.ts";
import type { RunResult } from "../../job/run-result.ts";
import type { JobLog } from "../job-log.ts";
import { LineSplitter } from "../line-splitter.ts";
import { failed, type RunReport } from "../run-report.ts";
import type { Run, RunRequest } from "../runner.ts";
import { thrownText } from "../thrown-text.ts";
import { costOf, LogWindow, windowBytes } from "./log-window.ts";
import { mailboxBytes, ProgressMailbox } from "./progress-mailbox.ts";
import { StopFlag } from "./stop-flag.ts";
import { type FromThread, loadFailed, type RunMemory } from "./thread-messages.ts";
import type { ThreadPool } from "./thread-pool.ts";
import { outOfMemory, resultOfGone } from "./thread-result.ts";
import type { ThreadEnding, ThreadObserver, WorkThread } from "./work-thread.ts";

/**
 * A run of a module in a worker thread. However the thread ends, and whatever it does until then, that is the end of the
 * run and of nothing else: it can be ended in the middle of a loop, its memory is watched, and what it tells is taken in
 * as fast as the server likes.
 */
export class ThreadRun implements Run, ThreadObserver {
  readonly #pool: ThreadPool;
  readonly #request: RunRequest;
  readonly #report: RunReport;
  readonly #clock: Clock;
  readonly #log: JobLog;
  readonly #memoryBytes: number;
  readonly #prints: Readonly<Record<"stdout" | "stderr", LineSplitter>>;
  readonly #memory: RunMemory = {
    stop: new SharedArrayBuffer(StopFlag.bytes),
    mailbox: new SharedArrayBuffer(mailboxBytes),
    window: new SharedArrayBuffer(LogWindow.bytes),
  };
  readonly #mailbox = new ProgressMailbox(this.#memory.mailbox, "reader");
  readonly #window = new LogWindow(this.#memory.window);
  #thread: WorkThread | undefined;
  #stopped = false;
  /** Why the thread is being ended by force. */
  #forced: RunResult | undefined;
  #takenIn = 0;
  readonly #timers = new Map<Waiting, Timer>();

  constructor(pool: ThreadPool, request: RunRequest, options: ThreadRunOptions) {
    this.#pool = pool;
    this.#request = request;
    this.#report = options.report;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#memoryBytes = options.memoryBytes;
    this.#prints = {
      stdout: new LineSplitter((lines) => options.report.wrote("stdout", lines)),
      stderr: new LineSplitter((lines) => options.report.wrote("stderr", lines)),
    };
  }

  begin(): void {
    try {
      this.#thread = this.#pool.take();
      this.#thread.carryOut(this.#request, this.#memory, this);
    } catch (error) {
      this.#report.end(failed("SPAWN_FAILED", `Cannot start a thread: ${thrownText(error)}`, true));
      return;
    }
    this.#watchMemory(this.#thread);
  }

  stop(): void {
    if (this.#report.over || this.#stopped) return;
    this.#stopped = true;
    new StopFlag(this.#memory.stop).set();
    this.#thread?.wake();
  }

  kill(): void {
    const abandoned = failed("ABANDONED", "The thread could not be ended, and was abandoned", false);
    this.#end(failed("TERMINATED", "The thread was ended by force", false), abandoned);
  }

  told(message: FromThread): void {
    switch (message.kind) {
      case "logged":
        this.#log.write(message.message);
        this.#giveBack(costOf(message.message));
        return;
      case "printed":
        this.#prints[message.pipe].push(Buffer.from(message.bytes.buffer));
        this.#giveBack(costOf(message.bytes));
        return;
      case "progressed":
        if (!this.#timers.has("progress")) this.#readProgress();
        return;
      case "acknowledged":
        this.#report.acknowledge();
        return;
      case "ended":
        this.#ended(message.result);
        return;
      default:
        assertNever(message);
    }
  }

  gone(ending: ThreadEnding): void {
    this.#finish(this.#forced ?? resultOfGone(ending, this.#memoryBytes));
  }

  /** Ends the thread, and with it the run; with another result where that takes too long. */
  #end(result: RunResult, late = result): void {
    if (this.#report.over || this.#forced !== undefined) return;
    this.#forced = result;
    void this.#thread?.terminate();
    // Nothing ends a thread that hangs in the system, or in a call of Node that does.
    this.#wait("end", longestEndMs, () => {
      this.#thread?.release();
      this.#finish(late);
    });
  }

  #ended(result: RunResult): void {
    const thread = this.#thread;
    this.#finish(result);
    if (thread === undefined) return;
    // What could not be loaded may have been mended by the next run.
    if (result.kind === "failed" && result.reason === loadFailed) {
      thread.release();
      void thread.terminate();
    } else this.#pool.giveBack(thread);
  }

  #finish(result: RunResult): void {
    for (const timer of this.#timers.values()) timer.cancel();
    const progress = this.#mailbox.read();
    if (progress !== undefined) this.#report.progress(progress);
    this.#prints.stdout.end();
    this.#prints.stderr.end();
    this.#report.end(result);
  }

  /** A loop may tell its progress without a pause; to look at it often enough is enough. */
  #readProgress(): void {
    const progress = this.#mailbox.read();
    if (progress === undefined) return;
    this.#report.progress(progress);
    this.#wait("progress", progressPauseMs, () => this.#readProgress());
  }

  /** Gives room for more in portions, with a turn for everybody else between them. */
  #giveBack(cost: number): void {
    this.#takenIn += cost;
    if (this.#takenIn < windowBytes / 2 || this.#timers.has("log")) return;
    this.#wait("log", logPauseMs, () => {
      this.#window.giveBack(this.#takenIn);
      this.#takenIn = 0;
    });
  }

  #watchMemory(thread: WorkThread): void {
    this.#wait("memory", memoryLookMs, async () => {
      const bytes = (await thread.memory()) ?? 0;
      if (this.#report.over) return;
      if (bytes > this.#memoryBytes) this.#end(outOfMemory(this.#memoryBytes));
      else this.#watchMemory(thread);
    });
  }

  #wait(what: Waiting, delayMs: number, then: () => unknown): void {
    const timer = this.#clock.setTimer(delayMs, () => {
      this.#timers.delete(what);
      void then();
    });
    this.#timers.set(what, timer);
  }
}

export interface ThreadRunOptions {
  readonly report: RunReport;
  readonly clock: Clock;
  readonly log: JobLog;
  readonly memoryBytes: number;
}

type Waiting = "end" | "progress" | "log" | "memory";

const memoryLookMs = 50;
const progressPauseMs = 20;
const logPauseMs = 2;
const longestEndMs = 1_000;
