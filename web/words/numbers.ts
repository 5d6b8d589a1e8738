/** `12,345`, in the grouping that everybody reads. */
export function grouped(value: number | bigint): string {
  return String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** Three digits that count: `0.25`, `12.3`, `1,234`. */
export function rounded(value: number): string {
  const size = Math.abs(value);
  if (Number.isInteger(value) || size >= 100) return grouped(Math.round(value));
  return size >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** `1 job`, `2 jobs`. */
export function counted(count: number | bigint, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${Number(count) === 1 ? one : many}`;
}
