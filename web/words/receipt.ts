import {
  type CommandReceipt,
  CommandReceipt_Outcome as Outcome,
} from "../../gen/jobcontrol/v1/command_pb.ts";
import { inWords, lengthOf } from "./time.ts";

/** What became of a command that was answered with OK. */
export function outcomeInWords({ outcome, replayed }: CommandReceipt): string {
  const words = outcomes[outcome] ?? "answered";
  return replayed ? `${words}, by an earlier try of the same request` : words;
}

const outcomes: Partial<Record<Outcome, string>> = {
  [Outcome.ACCEPTED]: "queued",
  [Outcome.APPLIED]: "applied",
  [Outcome.NO_CHANGE]: "no change: it was so already",
  [Outcome.REJECTED]: "refused",
};

export interface Wait {
  readonly name: "space" | "queue" | "token";
  readonly title: string;
  readonly ms: number;
}

/** Where the time of a command went, in the order in which it went there. */
export function waitsOf({ spaceWait, queueWait, tokenWait }: CommandReceipt): readonly Wait[] {
  return [
    { name: "space", title: "for room in its lane", ms: lengthOf(spaceWait) },
    { name: "queue", title: "behind other commands", ms: lengthOf(queueWait) },
    { name: "token", title: "for a token of the rate limit", ms: lengthOf(tokenWait) },
  ];
}

/** `1.5 ms in all`. */
export function waitInAll(waits: readonly Wait[]): string {
  return `${inWords(waits.reduce((sum, { ms }) => sum + ms, 0))} in all`;
}
