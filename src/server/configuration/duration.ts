/**
 * The milliseconds of a duration such as `500ms`, `10s`, `5m` or `1h30m`: whole numbers, the larger unit first,
 * each unit at most once. Undefined for anything else: no unit (`10`), a sign, a fraction (`1.5h` is `1h30m`),
 * spaces, or more than 100 years.
 */
export function parseDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, hours = "0", minutes = "0", seconds = "0", milliseconds = "0"] = match;
  const ms =
    Number(hours) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1_000 + Number(milliseconds);
  return ms <= longestMs ? ms : undefined;
}

const pattern = /^(?=.)(?:(\d+)h)?(?:(\d+)m(?!s))?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** What any duration looks like. */
export const durationPattern = pattern.source;

/** With it, a time from now is still a time that a `Date` and a protobuf `Timestamp` can hold. */
const longestMs = 100 * 365 * 24 * 3_600_000;
