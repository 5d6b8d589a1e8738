/**
 * How long to wait before the next try, in milliseconds: anything from nothing to twice as much as the time before
 * ("full jitter"), so that pages that were cut off together do not come back together.
 */
export function backoffMs(failures: number, random: () => number): number {
  return random() * Math.min(longestMs, firstMs * 2 ** Math.max(0, failures - 1));
}

const firstMs = 1000;
const longestMs = 30_000;
