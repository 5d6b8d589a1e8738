import type { Clock } from "../async/clock.ts";
import type { RunLog } from "./job-context.ts";
import { LineSplitter } from "./line-splitter.ts";
import { plainText } from "./plain-text.ts";
import type { RunReport } from "./run-report.ts";
import type { RunRequest } from "./runner.ts";

/** Where the messages of `ctx.log()` go: to the output of the run line by line, and as one line to the server's log. */
export class JobLog {
  readonly #request: RunRequest;
  readonly #report: RunReport;
  readonly #clock: Clock;
  readonly #log: RunLog | undefined;
  readonly #lines: LineSplitter;

  constructor(request: RunRequest, { report, clock, log }: JobLogOptions) {
    this.#request = request;
    this.#report = report;
    this.#clock = clock;
    this.#log = log;
    this.#lines = new LineSplitter((lines) => report.wrote("log", lines));
  }

  /** Unheard where the run is over. */
  write(message: string): void {
    if (this.#report.over) return;
    const { jobId, jobType, runId, attempt, commandId, trace } = this.#request;
    const line = plainText(message, longestLogLine);
    const told = { jobId, jobType, runId, attempt, commandId, trace };
    this.#log?.write({ timeMs: this.#clock.now(), ...told, message: line });
    const text = message.slice(0, longestLogText);
    this.#lines.push(Buffer.from(text.endsWith("\n") ? text : `${text}\n`));
  }
}

export interface JobLogOptions {
  readonly report: RunReport;
  readonly clock: Clock;
  readonly log?: RunLog | undefined;
}

/** Of one message, in characters; in the output it may be many lines. */
export const longestLogText = 64 * 1024;
const longestLogLine = 8192;
