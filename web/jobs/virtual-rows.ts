/** Which rows of a long list have to be there: those in sight, and a few before and after. */
export interface Window {
  readonly first: number;
  /** Not included. */
  readonly end: number;
}

export interface Sight {
  readonly count: number;
  /** In pixels, as all of these. */
  readonly rowHeight: number;
  readonly scrollTop: number;
  readonly height: number;
}

export function windowOf({ count, rowHeight, scrollTop, height }: Sight): Window {
  const first = Math.max(0, Math.min(count, Math.floor(scrollTop / rowHeight)) - spare);
  const end = Math.min(count, Math.ceil((scrollTop + height) / rowHeight) + spare);
  return { first, end: Math.max(first, end) };
}

/** Where to scroll so that a row is wholly in sight; where it is already, stays. `above` is covered by a header. */
export function scrollFor(index: number, { rowHeight, scrollTop, height }: Sight, above: number): number {
  const top = index * rowHeight;
  if (top < scrollTop) return top;
  const below = top + rowHeight + above - height;
  return below > scrollTop ? below : scrollTop;
}

/** The row that a key leads to; undefined for a key that leads nowhere. */
export function rowAfter(
  key: string,
  index: number,
  { count, rowHeight, height }: Sight,
): number | undefined {
  const page = Math.max(1, Math.floor(height / rowHeight) - 2);
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: index + 1,
    ArrowUp: index < 0 ? count - 1 : index - 1,
    PageDown: Math.max(0, index) + page,
    PageUp: index - page,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, next));
}

const spare = 6;
