import type { Clock } from "../../async/clock.ts";
import type { OutputSource } from "../../job/output-line.ts";
import type { WrittenLines } from "../../runner/runner.ts";
import { RunOutput, type RunOutputOptions } from "./run-output.ts";

export interface OutputHubOptions extends Partial<RunOutputOptions> {
  readonly clock: Clock;
  /** Of how many runs of a job the output is kept, the newest of them included. Default: 5 */
  readonly maxRuns?: number;
  /** The most memory that the output of all jobs takes, in bytes. Default: 64 MiB */
  readonly maxTotalBytes?: number;
}

/**
 * What the jobs write, as far as it is kept: the newest lines of the last runs of each job. It takes in whatever
 * the runs tell and waits for nobody. Where all of it would take too much memory, the run that has been silent for
 * longest loses its lines; its readers are told. Nothing of it is committed, and nothing outlives the process.
 */
export class OutputHub {
  readonly #clock: Clock;
  readonly #limits: RunOutputOptions;
  readonly #maxRuns: number;
  readonly #maxTotalBytes: number;
  /** The runs of each job, by its uid, the newest last. */
  readonly #runsOf = new Map<string, RunOutput[]>();
  /** The runs that have lines, and whose they are; the one that was silent for longest comes first. */
  readonly #written = new Set<RunOutput>();
  #bytes = 0;

  constructor({
    clock,
    maxLines = 10_000,
    maxBytes = 2 * 1024 * 1024,
    maxRuns = 5,
    maxTotalBytes = 64 * 1024 * 1024,
  }: OutputHubOptions) {
    this.#clock = clock;
    this.#limits = { maxLines, maxBytes };
    this.#maxRuns = maxRuns;
    this.#maxTotalBytes = maxTotalBytes;
  }

  /** The memory that all lines take. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The output of a run that begins, or is known already. The oldest run of its job may have to go. */
  begin(uid: string, runId: string): RunOutput {
    const known = this.find(uid, runId);
    if (known !== undefined) return known;
    const runs = this.#runsOf.get(uid) ?? [];
    const output = new RunOutput(runId, this.#limits);
    this.#runsOf.set(uid, runs);
    runs.push(output);
    if (runs.length > this.#maxRuns) this.#clear(runs.shift());
    return output;
  }

  /** The output of one of the last runs of a job. */
  find(uid: string, runId: string): RunOutput | undefined {
    return this.#runsOf.get(uid)?.find((output) => output.runId === runId);
  }

  write(output: RunOutput, source: OutputSource, lines: WrittenLines): void {
    this.#bytes -= output.bytes;
    output.write({ timeMs: this.#clock.now(), source, lines });
    this.#bytes += output.bytes;
    this.#written.delete(output);
    this.#written.add(output);
    for (const silent of this.#written) {
      if (this.#bytes <= this.#maxTotalBytes) break;
      this.#clear(silent);
    }
  }

  /** Drops what is kept of a job. */
  forget(uid: string): void {
    for (const output of this.#runsOf.get(uid) ?? []) this.#clear(output);
    this.#runsOf.delete(uid);
  }

  #clear(output: RunOutput | undefined): void {
    if (output === undefined) return;
    this.#bytes -= output.bytes;
    output.clear();
    this.#written.delete(output);
  }
}
