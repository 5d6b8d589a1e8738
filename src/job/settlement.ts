import type { Refusal } from "./errors.ts";
import type { JobStatus } from "./job-status.ts";
import type { JsonObject } from "./json.ts";

/**
 * The fate of a command. Every command that enters ends in exactly one outcome, and its caller is told at that
 * moment; `accepted` is the only one that another may follow.
 */
export type Outcome = (typeof outcomes)[number];

export const outcomes = [
  "accepted",
  "applied",
  "no-change",
  "rejected",
  "dropped",
  "evicted",
  "expired",
  "cancelled",
  "superseded",
  "drained",
] as const;

/** What became of one command, and where its time went. Times in milliseconds. */
export interface Receipt {
  readonly commandId: string;
  readonly requestId: string;
  readonly outcome: Outcome;
  readonly acceptTimeMs: number;
  /** When it took effect; unset where it has not, or had none. */
  readonly applyTimeMs?: number | undefined;
  /** Waiting for room in the channel. */
  readonly spaceWaitMs: number;
  /** Waiting behind other commands. */
  readonly queueWaitMs: number;
  /** Waiting for the token bucket. */
  readonly tokenWaitMs: number;
}

/** The whole answer to a command: its receipt, and either what it brought or why it was refused. */
export interface Settlement {
  readonly receipt: Receipt;
  /** The last revision that the consumer had given out when it applied the command. */
  readonly revision: number;
  readonly answer?: Answer | undefined;
  readonly refusal?: Refusal | undefined;
}

export interface Answer {
  readonly status?: JobStatus | undefined;
  /** Start: whether it made the job run, or it ran already. */
  readonly started?: boolean | undefined;
  /** The run that the command began; unset where it waits for its turn. */
  readonly runId?: string | undefined;
  readonly input?: JsonObject | undefined;
  readonly result?: JsonObject | undefined;
}

/** Outcomes that answer a `request_id` for good; any other frees it for a new try. */
export function isReplayed(outcome: Outcome): boolean {
  return outcome === "accepted" || outcome === "applied" || outcome === "no-change" || outcome === "rejected";
}
