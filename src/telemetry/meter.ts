import type { Command } from "../job/command.ts";
import type { RunStatus } from "../job/job-status.ts";
import type { Receipt } from "../job/settlement.ts";

/**
 * What the core tells of itself to whoever counts. It is called in the way of every command, so it has to be cheap; it must
 * not throw.
 */
export interface Meter {
  /** A command came to its end. A replayed answer is none. */
  commandSettled(command: Command, receipt: Receipt): void;
  /** The store has written a batch, or could not. */
  storeCommitted(durationMs: number, succeeded: boolean): void;
  /** An attempt of a run begins, or its fallback. */
  attemptBegan(jobType: string, run: RunStatus): void;
  /** A run ended, and that is committed. */
  runEnded(jobType: string, run: RunStatus): void;
}
