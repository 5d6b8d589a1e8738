import type { Duration, Timestamp } from "@bufbuild/protobuf/wkt";

/** Times and lengths of time: milliseconds in the core, messages on the wire. */

/** A moment; `ms` since 1970-01-01T00:00:00Z, fractions included. */
export function toTimestamp(ms: number): Timestamp {
  const seconds = Math.floor(ms / 1000);
  const nanos = Math.floor((ms - seconds * 1000) * 1e6);
  return { $typeName: "google.protobuf.Timestamp", seconds: BigInt(seconds), nanos };
}

export function toOptionalTimestamp(ms: number | undefined): Timestamp | undefined {
  return ms === undefined ? undefined : toTimestamp(ms);
}

/** A length of time that is not negative, to the microsecond. */
export function toDuration(ms: number): Duration {
  const micros = Math.max(0, Math.round(ms * 1000));
  const seconds = Math.floor(micros / 1e6);
  const nanos = (micros - seconds * 1e6) * 1000;
  return { $typeName: "google.protobuf.Duration", seconds: BigInt(seconds), nanos };
}

const longestDurationS = 315_576_000_000n;
const nanosPerSecond = 1_000_000_000;

/** The same in milliseconds; undefined where the message breaks the rules of `google.protobuf.Duration`. */
export function fromDuration({ seconds, nanos }: Duration): number | undefined {
  if (seconds > longestDurationS || seconds < -longestDurationS) return undefined;
  if (Math.abs(nanos) >= nanosPerSecond) return undefined;
  if ((seconds > 0n && nanos < 0) || (seconds < 0n && nanos > 0)) return undefined;
  return Number(seconds) * 1000 + nanos / 1e6;
}
