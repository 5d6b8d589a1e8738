/** Contenders take turns, round by round: what the machine did in one round, it did to all of them. */

/** The contenders in the order of this round, so that each is first as often as the others. */
export function rotated<T>(items: readonly T[], round: number): readonly T[] {
  const at = round % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

export function ratios(values: readonly number[], references: readonly number[]): number[] {
  return values.map((value, round) => value / (references[round] ?? Number.NaN));
}
