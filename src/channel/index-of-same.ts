/**
 * Where the first item stands that is the same as this one, or -1; what is the same is what it is for `includes` and
 * `Map`. `indexOf` passes thousands of items in a microsecond, which no loop does, but it never finds NaN.
 */
export function indexOfSame<T>(items: readonly (T | undefined)[], item: T): number {
  return Number.isNaN(item) ? items.findIndex(Number.isNaN) : items.indexOf(item);
}
