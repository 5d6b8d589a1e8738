/**
 * A new id for a command, a UUID of version 7: ids of later commands sort after those of earlier ones, so that a store
 * which looks commands up by their ids writes neighbours.
 */
export function newCommandId(nowMs: number): string {
  if (nowMs !== last.nowMs) last = { nowMs, beginning: beginningOf(nowMs) };
  return last.beginning + crypto.randomUUID().slice(15);
}

/** Of many commands that come within a millisecond it is the same. */
let last = { nowMs: Number.NaN, beginning: "" };

function beginningOf(nowMs: number): string {
  const time = Math.floor(nowMs).toString(16).padStart(12, "0");
  return `${time.slice(0, 8)}-${time.slice(8)}-7`;
}
