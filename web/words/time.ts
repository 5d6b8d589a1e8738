import { type Duration, durationMs, type Timestamp, timestampMs } from "@bufbuild/protobuf/wkt";

/** Times and durations in words. Milliseconds throughout; what is unset stays undefined. */

export function msOf(time: Timestamp | undefined): number | undefined {
  return time && timestampMs(time);
}

export function lengthOf(duration: Duration | undefined): number {
  return duration === undefined ? 0 : durationMs(duration);
}

/** `0.3 ms`, `250 ms`, `4.2 s`, `7 s`, `42 s`, `3 m 05 s`, `2 h 14 m`, `3 d 4 h`. */
export function inWords(ms: number): string {
  if (ms < 0) return inWords(0);
  if (ms < 10) return `${short(ms)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 9950) return `${short(ms / 1000)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return pair(seconds, 60, "m", "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 1440) return pair(minutes, 60, "h", "m");
  return pair(Math.round(minutes / 60), 24, "d", "h");
}

/** As `inWords`, in whole seconds: for what is told anew each second. */
export function roughly(ms: number): string {
  return ms < 1000 ? "0 s" : inWords(Math.floor(ms / 1000) * 1000);
}

export function ago(ms: number, nowMs: number): string {
  return nowMs - ms < 1000 ? "just now" : `${roughly(nowMs - ms)} ago`;
}

export function ahead(ms: number, nowMs: number): string {
  return ms - nowMs < 1000 ? "now" : `in ${roughly(ms - nowMs)}`;
}

/** `14:03:22`, and the day before it unless it is today's. In the time zone of the reader. */
export function clockTime(ms: number, nowMs: number): string {
  const time = new Date(ms);
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return dayOf(time) === dayOf(new Date(nowMs)) ? clock : `${dayOf(time)} ${clock}`;
}

function short(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}

function pair(value: number, each: number, large: string, small: string): string {
  const rest = value % each;
  const padded = each === 60 ? two(rest) : String(rest);
  return rest === 0
    ? `${Math.floor(value / each)} ${large}`
    : `${Math.floor(value / each)} ${large} ${padded} ${small}`;
}

function dayOf(time: Date): string {
  return `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}
