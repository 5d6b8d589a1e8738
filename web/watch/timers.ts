/** Time and chance, as what follows streams sees them. */
export interface Timers {
  /** In milliseconds since 1970. */
  now(): number;
  /** Calls once, after `ms`. Returns what calls it off. */
  set(ms: number, call: () => void): () => void;
  /** From 0 to 1, without 1. */
  random(): number;
}

export const browserTimers: Timers = {
  now: () => Date.now(),
  set(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
};
