import type { Readable } from "node:stream";
import type { Clock } from "../async/clock.ts";
import { LineSplitter } from "./line-splitter.ts";
import { OutputTail } from "./output-tail.ts";
import type { RunReport } from "./run-report.ts";

/**
 * Reads what a program writes: tells its lines, and keeps the end of each pipe for the result. It reads whatever
 * comes, but of a flood only so much at a time: one program must not keep the server from everything else.
 */
export class ProcessOutput {
  readonly stdout = new OutputTail(keptStdoutBytes);
  readonly stderr = new OutputTail(keptStderrBytes);
  readonly #clock: Clock;
  readonly #splitters: Readonly<Record<Pipe, LineSplitter>>;

  constructor(report: RunReport, clock: Clock) {
    this.#clock = clock;
    this.#splitters = {
      stdout: new LineSplitter((lines) => report.wrote("stdout", lines)),
      stderr: new LineSplitter((lines) => report.wrote("stderr", lines)),
    };
  }

  /** Begins to read a pipe. */
  read(pipe: Pipe, stream: Readable | null): void {
    let bytesLeft = turnBytes;
    stream?.on("data", (chunk: Buffer) => {
      this[pipe].push(chunk);
      this.#splitters[pipe].push(chunk);
      bytesLeft -= chunk.length;
      if (bytesLeft > 0) return;
      bytesLeft = turnBytes;
      stream.pause();
      this.#clock.setTimer(pauseMs, () => stream.resume());
    });
  }

  /** Nothing more is read. A line that has not ended is told as it is. */
  end(): void {
    this.#splitters.stdout.end();
    this.#splitters.stderr.end();
  }
}

type Pipe = "stdout" | "stderr";

const keptStdoutBytes = 64 * 1024;
const keptStderrBytes = 16 * 1024;

/** After so many bytes, half a millisecond of work, everybody else has a turn. A pipe gets some 50 MB a second. */
const turnBytes = 128 * 1024;
const pauseMs = 2;
