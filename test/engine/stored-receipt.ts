import type { StoredReceipt } from "../../src/engine/local/job-store.ts";
import type { Outcome } from "../../src/job/settlement.ts";

/** What became of the command `name`. */
export function storedReceipt(name: string, outcome: Outcome, requestId = `request-${name}`): StoredReceipt {
  const receipt = { commandId: name, requestId, outcome };
  const times = { acceptTimeMs: 0, spaceWaitMs: 0, queueWaitMs: 0, tokenWaitMs: 0 };
  return { content: name, settlement: { receipt: { ...receipt, ...times }, revision: 0 } };
}
