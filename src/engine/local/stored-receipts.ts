import { isChange } from "../../job/command.ts";
import type { ErrorCode } from "../../job/errors.ts";
import type { Settlement } from "../../job/settlement.ts";
import type { StoredReceipt } from "./job-store.ts";
import type { QueuedCommand } from "./queued-command.ts";

/**
 * What is kept of a command's fate: one receipt, or none. Nothing of reads; nor of a command that ended because the
 * store could not write, or whose request id belongs to another: what is kept by that id stands.
 */
export function storedReceipts({ command, content }: QueuedCommand, settlement: Settlement): StoredReceipt[] {
  if (!isChange(command) || leavesNoReceipt.has(settlement.refusal?.code)) return [];
  // Without a request id nobody can ask for the answer again.
  const { receipt, revision } = settlement;
  return [{ content, settlement: command.requestId === "" ? { receipt, revision } : settlement }];
}

const leavesNoReceipt: ReadonlySet<ErrorCode | undefined> = new Set<ErrorCode>([
  "REQUEST_ID_REUSED",
  "STORE_UNAVAILABLE",
  "STORE_FULL",
]);
