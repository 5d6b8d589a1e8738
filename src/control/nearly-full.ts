import type { LaneStats } from "../engine/engine.ts";

/** From how full on a lane counts as nearly full, where nobody says otherwise: a share of its capacity. */
export const defaultDegradedAt = 0.8;

/** The lanes that are filled to `degradedAt` of their capacity or more: what `degraded` says, wherever it is said. */
export function nearlyFull(lanes: readonly LaneStats[], degradedAt: number): readonly LaneStats[] {
  return lanes.filter(({ capacity, depth }) => depth > 0 && depth >= degradedAt * capacity);
}
