/**
 * The known word that `word` was most likely meant to be: at most two mistakes away, or one where either is short. In short words
 * two are half of it, and the guess would lead astray: `cron` is not `run`.
 */
export function nearest(word: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = 3;
  for (const candidate of known) {
    // A long word needs no measuring, and cannot make it slow.
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    const most = Math.min(word.length, candidate.length) > 4 ? 2 : 1;
    if (distance > most || distance >= Math.min(bestDistance, candidate.length)) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** How many letters have to be put in, taken out, changed, or swapped with the next. */
function editDistance(from: string, to: string): number {
  let before: readonly number[] = [];
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [index, letter] of Array.from(from).entries()) {
    const next = [index + 1];
    for (let column = 1; column <= to.length; column++) {
      const changed = at(row, column - 1) + (letter === to[column - 1] ? 0 : 1);
      const isSwapped = letter === to[column - 2] && from[index - 1] === to[column - 1];
      const swapped = isSwapped ? at(before, column - 2) + 1 : Number.POSITIVE_INFINITY;
      next.push(Math.min(changed, swapped, at(row, column) + 1, at(next, column - 1) + 1));
    }
    before = row;
    row = next;
  }
  return at(row, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? 0;
}
