import type { OutputLine } from "../../job/output-line.ts";

/** The words of a watch of output: what can be asked for, and what comes. `output-reader.ts` makes the one into the other. */
export interface OutputRequest {
  readonly jobId: string;
  /** Empty: the run that is going on, or else the last. */
  readonly runId: string;
  /** So many of the newest lines come first; unset: all that are kept. */
  readonly tail?: number | undefined;
  /** Set: the lines from this one on, counted from 0, and not the newest. */
  readonly fromLine?: number | undefined;
  /** True: then what is written, until the run is over. */
  readonly follow: boolean;
}

/**
 * Some lines, in order. Readers that stand at the same place get the same object, so that it can be encoded once
 * for all of them.
 */
export interface OutputBatch {
  readonly lines: readonly OutputLine[];
  /** How many lines were lost just before these. */
  readonly dropped: number;
  /** The line after these, counted from 0. */
  readonly nextLine: number;
}
