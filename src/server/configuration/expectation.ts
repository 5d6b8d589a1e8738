import * as v from "valibot";
import { plainText } from "../../runner/plain-text.ts";
import { type ConfigurationError, errorOfAll } from "./configuration-error.ts";
import { fieldOf } from "./field-path.ts";
import { nearest } from "./nearest.ts";

/**
 * The building blocks of the schema. Each says what it expected and what it found, so that the message of an
 * issue is the whole sentence after the name of its field.
 */

/** What an editor can know of a value: a part of a JSON schema. Left out, it knows what is expected, and checks nothing. */
export type EditorSchema = Readonly<Record<string, unknown>>;

/** What schemas say of themselves, for the editors' schema and the reference: both are generated from it. */
export type SchemaNotes = {
  /** In words. */
  readonly expected?: string;
  readonly editor?: EditorSchema;
  /** Of a section, by key. */
  readonly entries?: v.ObjectEntries;
  /** Of a section: exactly one of these keys has to be there. */
  readonly exactlyOne?: readonly string[];
  /** Of an object with names of one's own: what is behind each, and the pattern of a name. */
  readonly members?: v.GenericSchema;
  readonly memberName?: string;
};

/** What a schema says of itself, as the last part of its pipe. Its own type would be as large as all that it speaks of. */
export function notes<T>(said: SchemaNotes): v.MetadataAction<T, SchemaNotes> {
  return v.metadata(said);
}

/** A value that `check` accepts; `expected` names such a value with its article. */
export function value<T>(expected: string, check: (input: unknown) => input is T, editor: EditorSchema = {}) {
  return v.pipe(
    v.custom<T>(check, ({ input }) => `expected ${expected}, found ${found(input)}`),
    notes({ expected, editor }),
  );
}

/** One of these words. */
export function oneOf<const Word extends string>(...words: readonly Word[]) {
  const expected = alternatives(words);
  const isWord = (input: unknown): input is Word => words.some((word) => word === input);
  return v.pipe(
    v.custom<Word>(isWord, ({ input }) => {
      const near = typeof input === "string" ? didYouMean(input, words) : "";
      return `expected ${expected}, found ${found(input)}${near}`;
    }),
    notes({ expected, editor: { enum: words } }),
  );
}

/** An object with these keys and no others. */
export function section<Entries extends v.ObjectEntries>(entries: Entries) {
  const keys = Object.keys(entries);
  const known = v.object(entries, "required, and missing");
  return v.pipe(
    value(`an object with ${keys.join(", ")}`, isPlainObject),
    v.rawTransform(({ dataset: { value: input }, addIssue, NEVER }): v.InferOutput<typeof known> => {
      const unknown = Object.keys(input).filter((key) => !keys.includes(key));
      for (const key of unknown) {
        const path: v.UnknownPathItem = { type: "unknown", origin: "key", input, key, value: key };
        addIssue({ message: unknownKey(key, entries), path: [path] });
      }
      const checked = v.safeParse(known, input, atEachField);
      if (checked.success) return checked.output;
      const misspelt = unknown.map((key) => nearest(key, keys));
      for (const { message, path } of checked.issues) {
        const [{ key } = { key: undefined }] = path ?? [];
        // It is there, and was told by the name that it has.
        const isMisspelt = !Object.hasOwn(input, String(key)) && misspelt.includes(String(key));
        if (!isMisspelt) addIssue({ message, ...(path && { path }) });
      }
      return NEVER;
    }),
    notes({ entries }),
  );
}

/** What is wrong with a value as a whole, where its fields are right one by one. */
export function wholeCheck<T extends object>(problemsOf: (checked: T) => readonly Wrong[]) {
  return v.rawCheck<T>(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { value: input } = dataset;
    for (const { field: key, problem: message } of problemsOf(input)) {
      const path: v.UnknownPathItem = { type: "unknown", origin: "value", input, key, value: key };
      addIssue({ message, ...(key !== "" && { path: [path] }) });
    }
  });
}

/** All fields are looked at, and of each what is wrong with it first. */
const atEachField = { abortPipeEarly: true };

function unknownKey(key: string, entries: v.ObjectEntries): string {
  const keys = Object.keys(entries);
  const inside = keys.filter((name) => Object.hasOwn(entriesOf(entries[name]), key));
  // It is right, and stands too far out.
  if (inside.length > 0)
    return `unknown key, did you mean ${alternatives(inside.map((name) => `${name}.${key}`))}?`;
  return `unknown key${didYouMean(key, keys) || `, expected one of ${keys.join(", ")}`}`;
}

/** Of a section, also where it may be left out or be something short instead; empty for all else. */
function entriesOf(schema: object | undefined): v.ObjectEntries {
  if (schema === undefined) return {};
  if ("wrapped" in schema) return entriesOf(schema.wrapped as v.GenericSchema);
  if ("getter" in schema) return entriesOf((schema.getter as (input: unknown) => v.GenericSchema)({}));
  const { entries = {} }: SchemaNotes = v.getMetadata(schema as v.GenericSchema);
  return entries;
}

/** The end of a sentence about a word that is not known; empty where none that is known is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `, did you mean ${near}?`;
}

/** `a, b or c` */
function alternatives(words: readonly string[]): string {
  return words.join(", ").replace(/, ([^,]*)$/, " or $1");
}

/** Names what was found, short and on one line. What it holds is not shown unless it is a plain value. */
export function found(input: unknown): string {
  if (input === undefined || input === null) return "nothing";
  if (typeof input === "string") return JSON.stringify(plainText(input, 80));
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return isPlainObject(input) ? "an object" : instanceName(input);
  if (typeof input === "function") return "a function";
  return String(input);
}

/** Such as a `Set`, a `Date` or a promise. */
function instanceName(input: object): string {
  return `an instance of ${plainText(String(input.constructor?.name), 80)}`;
}

/** Not a list, and no instance of a class: a promise or a `Map` has no keys that could be checked. */
export function isPlainObject(input: unknown): input is Record<string, unknown> {
  if (typeof input !== "object" || input === null || Array.isArray(input)) return false;
  const prototype: unknown = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** One thing that is wrong, as the path of its field and a sentence. */
export interface Wrong {
  /** Empty for the value itself. */
  readonly field: string;
  readonly problem: string;
}

/** Checks a value against a schema. Throws one error with all that is wrong. */
export function check<Schema extends v.GenericSchema>(
  schema: Schema,
  input: unknown,
  onWrong: (wrong: Wrong) => ConfigurationError,
): v.InferOutput<Schema> {
  const checked = v.safeParse(schema, input, atEachField);
  if (checked.success) return checked.output;
  const problems = checked.issues.flatMap(({ path, message }) => {
    const keys = path?.map(({ key }) => key) ?? [];
    return onWrong({ field: fieldOf(keys), problem: message }).problems;
  });
  throw errorOfAll(problems);
}
