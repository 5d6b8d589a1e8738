import type { Receipt, Settlement } from "../../job/settlement.ts";
import type { Decision } from "../engine.ts";
import type { QueuedCommand } from "./queued-command.ts";

interface Settled {
  readonly entry: QueuedCommand;
  readonly settlement: Settlement;
}

/** What a leader's decision comes to for the command that it is about. */
export function settlementOf({ delivery, outcome, revision, answer, refusal, ...times }: Decision): Settled {
  const entry = delivery as QueuedCommand;
  const receipt: Receipt = { ...entry.receipt(outcome), ...times };
  return { entry, settlement: { receipt, revision, answer, refusal } };
}
