import type { Clock, Timer } from "./clock.ts";

/**
 * Calls `callback` once, when the wall clock shows `timeMs`, however it comes to show that: a clock that is put forward, and
 * a machine that has slept, are noticed within a minute. A clock that is put back is, too: then it is called before the
 * time, with the milliseconds of the wait that have not passed yet, and whoever set it has to look anew.
 */
export function atTime(clock: Clock, timeMs: number, callback: (leftMs: number) => void): Timer {
  let timer = look();

  function look(): Timer {
    const leftMs = timeMs - clock.now();
    const stepMs = Math.min(leftMs, longestStepMs);
    return clock.setTimer(stepMs, () => {
      const nowLeftMs = timeMs - clock.now();
      const wasPutBack = nowLeftMs > leftMs - stepMs + driftMs;
      if (nowLeftMs > 0 && stepMs < leftMs && !wasPutBack) timer = look();
      else callback(wasPutBack ? leftMs - stepMs : 0);
    });
  }

  return { cancel: () => timer.cancel() };
}

const longestStepMs = 60_000;
/** By how many milliseconds the wall clock may fall behind in a step, as one that is slowly set right does. */
const driftMs = 100;
