import * as v from "valibot";
import { plainText } from "../../runner/plain-text.ts";
import { nearest } from "./nearest.ts";

/**
 * The building blocks of the schema. Each says what it expected and what it found, so that the message of an
 * issue is the whole sentence after the name of its field.
 */

/** A value that `check` accepts; `expected` names such a value with its article. */
export function value<T>(expected: string, check: (input: unknown) => input is T) {
  return v.custom<T>(check, ({ input }) => `expected ${expected}, found ${found(input)}`);
}

/** An object with these keys and no others. A key that is not known comes first: it may be one that seems missing. */
export function section<Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries);
  return v.pipe(
    value(`an object with ${keys.join(", ")}`, isPlainObject),
    v.rawCheck(({ dataset: { typed, value: input }, addIssue }) => {
      const key = typed ? Object.keys(input).find((name) => !keys.includes(name)) : undefined;
      if (key === undefined) return;
      const path: v.UnknownPathItem = { type: "unknown", origin: "key", input, key, value: key };
      addIssue({ message: unknownKey(key, keys), path: [path] });
    }),
    v.object(entries, "required, and missing"),
  );
}

function unknownKey(key: string, keys: readonly string[]): string {
  const near = nearest(key, keys);
  return near === undefined
    ? `unknown key, expected one of ${keys.join(", ")}`
    : `unknown key, did you mean ${near}?`;
}

/** Names what was found, short and on one line. What it holds is not shown unless it is a plain value. */
export function found(input: unknown): string {
  if (input === undefined || input === null) return "nothing";
  if (typeof input === "string") return JSON.stringify(plainText(input, 80));
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "an object";
  if (typeof input === "function") return "a function";
  return String(input);
}

/** Not a list, and no instance of a class: a promise or a `Map` has no keys that could be checked. */
export function isPlainObject(input: unknown): input is Record<string, unknown> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return false;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** The first thing that is wrong, as the path of its field and a sentence; undefined where nothing is. */
export interface Wrong {
  /** Empty for the value itself. */
  readonly field: string;
  readonly problem: string;
}

/** Checks a value against a schema. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  onWrong: (wrong: Wrong) => Error,
): v.InferOutput<Schema> {
  const checked = v.safeParse(schema, input, { abortEarly: true, abortPipeEarly: true });
  if (checked.success) return checked.output;
  const [issue] = checked.issues;
  const keys = issue.path?.map(({ key }) => key) ?? [];
  throw onWrong({ field: fieldOf(keys), problem: issue.message });
}

/** Writes a path as in JavaScript: `types.report.process.command[0]`, `types["a.b"].stopGrace`. */
export function fieldOf(keys: readonly unknown[]): string {
  return keys
    .map((key) => (isName(key) ? `.${key}` : `[${JSON.stringify(key)}]`))
    .join("")
    .replace(/^\./, "");
}

function isName(key: unknown): key is string {
  return typeof key === "string" && /^[\w-]+$/.test(key);
}
