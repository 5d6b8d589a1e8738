import { hash } from "node:crypto";
import type { Command } from "../../job/command.ts";

/**
 * Of what a command asks, in little room, equal for equal content: what decides whether a `request_id` comes again
 * with the same request. What belongs to the one call (its command id, its deadline, the peer, its trace) does not count.
 */
export function fingerprintOf(command: Command): string {
  const ofTheCall = { commandId: undefined, deadlineMs: undefined, requestedBy: undefined, trace: undefined };
  const content = { ...command, ...ofTheCall };
  const text = JSON.stringify(content, (_key, value: unknown) => (isRecord(value) ? sorted(value) : value));
  return hash("sha256", text, "base64url");
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function sorted(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
