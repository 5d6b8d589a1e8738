import type { Readable } from "node:stream";
import type { Clock } from "../async/clock.ts";
import type { Progress } from "../job/job-status.ts";
import { LineSplitter } from "./line-splitter.ts";
import { OutputTail } from "./output-tail.ts";
import { ProgressLines } from "./progress-lines.ts";
import { ProgressMessages } from "./progress-messages.ts";
import type { RunReport } from "./run-report.ts";

/**
 * Reads what a program writes: tells its lines and its progress, and keeps the end of stdout and stderr for the result.
 * It reads whatever comes, but of a flood only so much at a time: one program must not keep the server from everything else.
 */
export class ProcessOutput {
  readonly stdout = new OutputTail(keptStdoutBytes);
  readonly stderr = new OutputTail(keptStderrBytes);
  readonly #clock: Clock;
  readonly #pipes: Readonly<Record<Pipe, (chunk: Buffer) => void>>;
  readonly #ends: readonly (() => void)[];
  readonly #messages: ProgressMessages;

  constructor(report: RunReport, clock: Clock) {
    this.#clock = clock;
    const tellProgress = (progress: Progress) => report.progress(progress);
    const lines = {
      stdout: new LineSplitter((written) => report.wrote("stdout", written)),
      stderr: new LineSplitter((written) => report.wrote("stderr", written)),
    };
    const progressLines = new ProgressLines(tellProgress, (rest) => this.stdout.push(rest));
    this.#messages = new ProgressMessages(tellProgress);
    this.#pipes = {
      stdout: (chunk) => {
        progressLines.push(chunk);
        lines.stdout.push(chunk);
      },
      stderr: (chunk) => {
        this.stderr.push(chunk);
        lines.stderr.push(chunk);
      },
      progress: (chunk) => this.#messages.push(chunk),
    };
    this.#ends = [progressLines, lines.stdout, lines.stderr, this.#messages].map((each) => () => each.end());
  }

  /** Begins to read a pipe. */
  read(pipe: Pipe, stream: Readable | null): void {
    let bytesLeft = turnBytes;
    // A pipe that breaks is at its end.
    stream?.on("error", () => {});
    stream?.on("data", (chunk: Buffer) => {
      this.#pipes[pipe](chunk);
      bytesLeft -= chunk.length;
      if (bytesLeft > 0) return;
      bytesLeft = turnBytes;
      stream.pause();
      this.#clock.setTimer(pauseMs, () => stream.resume());
    });
  }

  /** Nothing more is read. A line that has not ended is told as it is. */
  end(): void {
    for (const end of this.#ends) end();
  }

  /** What was wrong on the descriptor for progress, in a sentence; undefined where nothing was. */
  get complaint(): string | undefined {
    return this.#messages.complaint();
  }
}

type Pipe = "stdout" | "stderr" | "progress";

const keptStdoutBytes = 64 * 1024;
const keptStderrBytes = 16 * 1024;

/** After so many bytes, half a millisecond of work, everybody else has a turn. A pipe gets some 50 MB a second. */
const turnBytes = 128 * 1024;
const pauseMs = 2;
