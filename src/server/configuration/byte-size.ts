/**
 * The bytes of a size such as `256MB` or `2GB`: a whole number and its unit, of 1024 of the next smaller each.
 * Undefined for anything else.
 */
export function parseByteSize(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, number, unit] = match;
  return Number(number) * (unit === "GB" ? gibibyte : mebibyte);
}

const pattern = /^(\d{1,9})(MB|GB)$/;

/** What any size looks like. */
export const byteSizePattern = pattern.source;

const mebibyte = 2 ** 20;
const gibibyte = 2 ** 30;

/** An empty thread takes some ten. */
export const leastMemoryBytes = 32 * mebibyte;
export const largestMemoryBytes = 64 * gibibyte;
