import type { Timestamp } from "@bufbuild/protobuf/wkt";
import { systemClock } from "../../async/clock.ts";

/** `3 s ago`, `in 2 min`; empty where there is no time. */
export function relative(time: Timestamp | undefined, nowMs = systemClock.now()): string {
  if (time === undefined) return "";
  const ms = millisecondsOf(time) - nowMs;
  const text = span(Math.abs(ms));
  return ms > 0 ? `in ${text}` : `${text} ago`;
}

/** `12:00:01` in local time. */
export function clockTime(time: Timestamp | undefined): string {
  const date = new Date(time === undefined ? systemClock.now() : millisecondsOf(time));
  return date.toTimeString().slice(0, 8);
}

/** A length of time as a person says it: `1.2 ms`, `45 s`, `3 min`, `2 h`, `5 d`. */
export function span(ms: number): string {
  if (ms < 10) return `${Number(ms.toFixed(1))} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 10_000) return `${Number((ms / 1000).toFixed(1))} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < 7_200_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

export function millisecondsOf({ seconds, nanos }: { seconds: bigint; nanos: number }): number {
  return Number(seconds) * 1000 + nanos / 1e6;
}
