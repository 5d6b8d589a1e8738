import type { Duration } from "@bufbuild/protobuf/wkt";
import { type FieldViolation, invalidFields } from "../job/errors.ts";
import type { JsonObject, JsonValue } from "../job/json.ts";
import type { WordsOf } from "./enum-codec.ts";
import { fromDuration } from "./time-codec.ts";

/**
 * Collects what is wrong with a request, all of it, so that its caller can mend it in one go. Each check takes
 * the field's name as the proto writes it, with dots, and gives the value in the core's form; what it gives
 * for a wrong field is never used, because `done()` throws.
 */
export class FieldChecks {
  #violations: [FieldViolation, ...FieldViolation[]] | undefined;

  add(field: string, description: string): void {
    const violation = { field, description };
    if (this.#violations === undefined) this.#violations = [violation];
    else this.#violations.push(violation);
  }

  /** Throws the `JobControlError` for wrong fields, if there are any. Call it last. */
  done(): void {
    if (this.#violations !== undefined) throw invalidFields(this.#violations);
  }

  /** The id of a job, or the name of a type. */
  id(field: string, value: string): string {
    if (!idPattern.test(value)) this.add(field, idRule);
    return value;
  }

  /** An id, or empty. */
  optionalId(field: string, value: string): string {
    return value === "" ? value : this.id(field, value);
  }

  text(field: string, value: string, maxLength: number): string {
    if (isLonger(value, maxLength)) this.add(field, `must have at most ${maxLength} characters`);
    return value;
  }

  /** Why something is asked for, in the caller's words. */
  reason(field: string, value: string): string {
    return this.text(field, value, maxReasonLength);
  }

  /** A number of the wire as one of the core's words. */
  word<T>(field: string, value: number, words: WordsOf<T>): T {
    const word = words.get(value);
    if (word === undefined && !words.has(value)) this.add(field, `cannot be ${value}`);
    return word as T;
  }

  notNegative(field: string, value: number): number {
    if (value < 0) this.add(field, "must not be negative");
    return value;
  }

  /** A length of time, in whole milliseconds. */
  durationMs(field: string, value: Duration, { minMs = 0, maxMs }: DurationRange): number {
    const ms = fromDuration(value);
    if (ms === undefined) this.add(field, "is not a valid google.protobuf.Duration");
    else if (ms < 0) this.add(field, "must not be negative");
    else if (ms < minMs) this.add(field, `must be at least ${inWords(minMs)}`);
    else if (ms > maxMs) this.add(field, `must be at most ${inWords(maxMs)}`);
    return Math.round(ms ?? 0);
  }

  optionalDurationMs(field: string, value: Duration | undefined, range: DurationRange): number | undefined {
    return value === undefined ? undefined : this.durationMs(field, value, range);
  }

  labels(field: string, labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    const entries = Object.entries(labels);
    if (entries.length > maxLabels) this.add(field, `must have at most ${maxLabels} entries`);
    for (const [key, value] of entries) {
      if (key === "") this.add(field, "must not have an empty key");
      if (isLonger(key, maxKeyLength)) {
        this.add(
          `${field}.${key.slice(0, maxKeyLength)}`,
          `key must have at most ${maxKeyLength} characters`,
        );
      } else this.text(`${field}.${key}`, value, maxValueLength);
    }
    return labels;
  }

  /** A `google.protobuf.Struct` that has become an object: it must be JSON, and not too deep. */
  json(field: string, value: JsonObject): JsonObject {
    const fault = faultOf(value, maxJsonDepth);
    if (fault !== undefined) this.add(field, fault);
    return value;
  }
}

export interface DurationRange {
  /** 0 where unset. */
  readonly minMs?: number;
  readonly maxMs: number;
}

const idPattern = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/;
const idRule =
  "must have 1 to 128 characters, begin with a letter or digit, and have only letters, digits and . _ : @ -";
const maxReasonLength = 1024;
const maxLabels = 32;
const maxKeyLength = 63;
const maxValueLength = 255;
const maxJsonDepth = 32;

/** Counts what people call characters: a surrogate pair is one. */
function isLonger(text: string, maxLength: number): boolean {
  return text.length > maxLength && [...text].length > maxLength;
}

function faultOf(value: JsonValue, depthLeft: number): string | undefined {
  if (typeof value === "number" && !Number.isFinite(value)) return "must not have NaN or infinite numbers";
  if (typeof value !== "object" || value === null) return undefined;
  if (depthLeft === 0) return `must be nested at most ${maxJsonDepth} deep`;
  for (const inner of Object.values(value)) {
    const fault = faultOf(inner, depthLeft - 1);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function inWords(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}
