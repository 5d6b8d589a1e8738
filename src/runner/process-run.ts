import { type ChildProcess, type StdioOptions, spawn } from "node:child_process";
import { Readable } from "node:stream";
import type { Clock, Timer } from "../async/clock.ts";
import { findProgram } from "./find-program.ts";
import type { JobLog } from "./job-log.ts";
import { environmentOf } from "./process-environment.ts";
import { ProcessGroup } from "./process-group.ts";
import { ProcessOutput } from "./process-output.ts";
import { type Ending, resultOf, spawnFailure } from "./process-result.ts";
import type { RunMarks } from "./run-marks.ts";
import { failed, type RunReport } from "./run-report.ts";
import type { Run, RunRequest } from "./runner.ts";
import { thrownText } from "./thrown-text.ts";
import type { ProcessWork } from "./work.ts";

/**
 * A run of a program in a process group of its own. The run is over when the whole group is: a program that
 * was asked to stop may leave its children time to end, one that ends by itself may not leave any behind.
 * Its output is always read, and holds nothing up: who has left the group and keeps the pipes is not waited for.
 */
export class ProcessRun implements Run {
  readonly #work: ProcessWork;
  readonly #request: RunRequest;
  readonly #report: RunReport;
  readonly #clock: Clock;
  readonly #marks: RunMarks | undefined;
  readonly #log: JobLog;
  readonly #output: ProcessOutput;
  #child: ChildProcess | undefined;
  #group: ProcessGroup | undefined;
  #ending: Ending | undefined;
  #groupOver = false;
  #outputOver = false;
  #stopped = false;
  /** The one step that is waited for: the next look at the group, or the end of the output. */
  #nextStep: Timer | undefined;
  #giveUp: Timer | undefined;

  constructor(work: ProcessWork, request: RunRequest, options: ProcessRunOptions) {
    this.#work = work;
    this.#request = request;
    this.#report = options.report;
    this.#clock = options.clock;
    this.#marks = options.marks;
    this.#log = options.log;
    this.#output = new ProcessOutput(options.report, options.clock);
  }

  begin(): void {
    let env: Record<string, string>;
    try {
      env = environmentOf(this.#work, this.#request);
    } catch (error) {
      this.#report.end(failed("INVALID_INPUT", thrownText(error), false));
      return;
    }
    try {
      this.#child = this.#spawn(env);
    } catch (error) {
      // No such program, or what the system refuses at once, such as too long arguments.
      this.#failToStart(error);
      return;
    }
    const { pid } = this.#child;
    this.#child.once("error", (error) => this.#failToStart(error));
    if (pid === undefined) return;
    this.#group = new ProcessGroup(pid);
    this.#child.once("exit", (code, signal) => this.#leaderEnded({ code, signal }));
    this.#child.once("close", () => this.#outputEnded());
    this.#output.read("stdout", this.#child.stdout);
    this.#output.read("stderr", this.#child.stderr);
    const progress = this.#child.stdio[this.#work.progressFd ?? -1];
    if (progress instanceof Readable) this.#output.read("progress", progress);
    this.#giveInput();
  }

  stop(): void {
    if (this.#report.over || this.#stopped) return;
    this.#stopped = true;
    if (this.#group?.send("SIGTERM")) this.#report.acknowledge();
  }

  kill(): void {
    if (this.#report.over || this.#group === undefined) return;
    this.#endGroup(this.#group);
  }

  #spawn(env: Record<string, string>): ChildProcess {
    const { command, cwd } = this.#work;
    const [program, ...args] = command;
    const file = findProgram(this.#work);
    const start = (...marks: number[]) =>
      spawn(file, args, {
        argv0: program,
        cwd,
        env,
        detached: true,
        stdio: stdioOf(this.#work, marks),
      });
    return this.#marks === undefined ? start() : this.#marks.with(this.#request.runId, start);
  }

  #failToStart(error: unknown): void {
    this.#marks?.remove(this.#request.runId);
    this.#report.end(spawnFailure(this.#work, error));
  }

  #giveInput(): void {
    const stdin = this.#child?.stdin;
    // EPIPE: the program ended, or does not read. That is its own business.
    stdin?.on("error", () => {});
    stdin?.end(JSON.stringify(this.#request.input));
  }

  /** Called in the turn in which the leader was reaped, so that its number still belongs to the group. */
  #leaderEnded(ending: Ending): void {
    this.#ending = ending;
    if (this.#report.over || this.#group === undefined) return;
    if (!this.#stopped && this.#group.exists) this.#endGroup(this.#group);
    this.#awaitGroup(this.#group, 0);
  }

  #endGroup(group: ProcessGroup): void {
    group.send("SIGKILL");
    // Not even SIGKILL ends a process that hangs in the system.
    this.#giveUp ??= this.#clock.setTimer(longestKillMs, () => this.#finish());
  }

  #awaitGroup(group: ProcessGroup, look: number): void {
    if (!group.exists) {
      this.#groupEnded();
    } else if (isPowerOfTwo(look) && group.onlyZombies()) {
      // For one that was born while the process table was read.
      group.send("SIGKILL");
      this.#groupEnded();
    } else {
      this.#nextStep = this.#clock.setTimer(groupLookMs, () => this.#awaitGroup(group, look + 1));
    }
  }

  #groupEnded(): void {
    this.#groupOver = true;
    if (this.#outputOver) this.#finish();
    else this.#nextStep = this.#clock.setTimer(longestDrainMs, () => this.#finish());
  }

  #outputEnded(): void {
    this.#outputOver = true;
    if (this.#groupOver) this.#finish();
  }

  #finish(): void {
    this.#nextStep?.cancel();
    this.#giveUp?.cancel();
    for (const pipe of this.#child?.stdio ?? []) pipe?.destroy();
    // One that could not be ended must not keep the server from ending.
    this.#child?.unref();
    this.#marks?.remove(this.#request.runId);
    this.#output.end();
    const { complaint } = this.#output;
    if (complaint !== undefined) this.#log.write(`Descriptor ${this.#work.progressFd}: ${complaint}`);
    this.#report.end(resultOf(this.#ending, this.#output));
  }
}

export interface ProcessRunOptions {
  readonly report: RunReport;
  readonly clock: Clock;
  readonly log: JobLog;
  readonly marks?: RunMarks | undefined;
}

/** The mark comes last: it may have any descriptor. */
function stdioOf({ stdin, progressFd }: ProcessWork, marks: readonly number[]): StdioOptions {
  const standard = [stdin === "input" ? "pipe" : "ignore", "pipe", "pipe"] as const;
  if (progressFd === undefined) return [...standard, ...marks];
  const gap = Array.from({ length: progressFd - standard.length }, () => "ignore" as const);
  return [...standard, ...gap, "pipe", ...marks];
}

const groupLookMs = 25;
/** What is in the pipes when the group is gone is read within this; longer only waits for who left the group. */
const longestDrainMs = 500;
const longestKillMs = 1_000;

/** Costly looks come after 1, 2, 4, 8, … cheap ones: soon, and seldom in a long wait. */
function isPowerOfTwo(count: number): boolean {
  return count > 0 && (count & (count - 1)) === 0;
}
