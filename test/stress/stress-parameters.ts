import type { Parameters } from "fast-check";

const { JOBCONTROL_STRESS = "1", JOBCONTROL_SEED, JOBCONTROL_PATH } = process.env;

/** How many times as much as usual is tried: `JOBCONTROL_STRESS`. */
const stress = Number(JOBCONTROL_STRESS);

/**
 * So many random runs, times `JOBCONTROL_STRESS`. A failure prints its seed and path; with them in `JOBCONTROL_SEED`
 * and `JOBCONTROL_PATH` exactly that run is made again.
 */
export function randomRuns<T>(numRuns: number): Parameters<T> {
  const seed = JOBCONTROL_SEED === undefined ? {} : { seed: Number(JOBCONTROL_SEED) };
  const path = JOBCONTROL_PATH === undefined ? {} : { path: JOBCONTROL_PATH };
  return { numRuns: Math.ceil(numRuns * stress), ...seed, ...path };
}

/** A time-out for a test that makes random runs. */
export const stressTimeoutMs = 60_000 * Math.max(1, stress);

/** A seed for each of so many random plays, times `JOBCONTROL_STRESS`: from `JOBCONTROL_SEED` on, or others each time. */
export function stressSeeds(plays: number): readonly number[] {
  const first = JOBCONTROL_SEED === undefined ? Date.now() % 2 ** 31 : Number(JOBCONTROL_SEED);
  return Array.from({ length: Math.ceil(plays * stress) }, (_, play) => first + play);
}
