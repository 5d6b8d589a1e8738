import type { Progress } from "../job/job-status.ts";
import type { ProgressUpdate } from "./job-context.ts";
import { plainText } from "./plain-text.ts";

/** Checks what a job says of its progress, and fills in what it leaves out. Throws a `TypeError`. */
export function progressOf(update: ProgressUpdate): Progress {
  if (typeof update !== "object" || update === null) {
    throw new TypeError(
      `Invalid progress: expected an object, found ${update === null ? "null" : typeof update}`,
    );
  }
  return {
    current: amount("current", update.current),
    total: amount("total", update.total ?? 0),
    unit: text("unit", update.unit ?? ""),
    message: text("message", update.message ?? ""),
    stage: text("stage", update.stage ?? ""),
  };
}

export const longestText = 256;

function amount(name: string, value: unknown): number {
  if (typeof value === "number" && Number.isFinite(value) && value >= 0) return value;
  throw new TypeError(`Invalid progress: ${name} must be a finite number, 0 or more: ${String(value)}`);
}

function text(name: string, value: unknown): string {
  if (typeof value === "string" && value.length <= longestText) return plainText(value, longestText);
  const found = typeof value === "string" ? `${value.length} characters` : typeof value;
  throw new TypeError(
    `Invalid progress: ${name} must be a string of at most ${longestText} characters: ${found}`,
  );
}
