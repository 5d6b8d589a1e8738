import type { Priority } from "../job/command.ts";
import type { LaneStats } from "./engine.ts";

/** A lane that has had so many turns in a row lets a lower one have one, so that none of them starves. */
export const mostTurnsInARow = 8;

/**
 * How many turns it takes until a command that came now would have had its own, if no other came after it.
 * `lanes` are in their order, best first.
 */
export function turnsUntilOwn(priority: Priority, lanes: readonly LaneStats[]): number {
  const at = lanes.findIndex((lane) => lane.priority === priority);
  const before = waitingIn(lanes.slice(at, at + 1));
  const lower = Math.floor((before + (lanes[at]?.turnsInARow ?? 0)) / mostTurnsInARow);
  let turns = before + 1 + Math.min(waitingIn(lanes.slice(at + 1)), lower);
  for (const better of lanes.slice(0, at).toReversed())
    turns += Math.min(waitingIn([better]), mostTurnsInARow * turns - better.turnsInARow);
  return turns;
}

/** How many commands wait in these lanes, or for room in them. */
export function waitingIn(lanes: readonly LaneStats[]): number {
  let waiting = 0;
  for (const { depth, waitingWriters } of lanes) waiting += depth + waitingWriters;
  return waiting;
}
