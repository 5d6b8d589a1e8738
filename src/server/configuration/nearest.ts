/**
 * The known word that `word` was most likely meant to be: at most two mistakes away, or one where either is short. In short words
 * two are half of it, and the guess would lead astray: `cron` is not `run`.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of known) {
    // A long word needs no measuring, and cannot make it slow.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const allowed = Math.min(word.length, candidate.length) > 4 ? 2 : 1;
    const most = Math.min(allowed, bestDistance - 1, candidate.length - 1);
    const distance = editDistance(wanted, candidate.toLowerCase(), most);
    if (distance > most) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/**
 * How many letters have to be put in, taken out, changed, or swapped with the next; where that is more than `most`, some number
 * above it. A row for each letter of `from`, of which only what is near the diagonal can be so little.
 */
function editDistance(from: string, to: string, most: number): number {
  const far = most + 1;
  let before: readonly number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => Math.min(column, far));
  for (let index = 0; index < from.length; index++) {
    const next = new Array<number>(to.length + 1).fill(far);
    next[0] = Math.min(index + 1, far);
    const last = Math.min(to.length, index + 1 + most);
    for (let column = Math.max(1, index + 1 - most); column <= last; column++) {
      const changed = at(row, column - 1) + (from[index] === to[column - 1] ? 0 : 1);
      const isSwapped = from[index] === to[column - 2] && from[index - 1] === to[column - 1];
      const swapped = isSwapped ? at(before, column - 2) + 1 : far;
      next[column] = Math.min(changed, swapped, at(row, column) + 1, at(next, column - 1) + 1, far);
    }
    // What follows comes of these two rows, and a swap of the first of them costs one more.
    if (Math.min(...next) > most && Math.min(...row) >= most) return far;
    before = row;
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
