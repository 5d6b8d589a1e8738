import * as v from "valibot";
import { configSchema } from "../../src/server/configuration/config-schema.ts";
import type { EditorSchema, SchemaNotes } from "../../src/server/configuration/expectation.ts";

/** What a configuration may say, read off the schema that checks it. */
export interface Setting {
  /** `types.*.schedule.interval`; empty for the whole. */
  readonly path: string;
  /** In words, as error messages have it. */
  readonly expected: string;
  readonly editor: EditorSchema;
  readonly isRequired: boolean;
  /** What holds where it is left out; undefined where the schema does not say. */
  readonly fallback: unknown;
  /** What is in it, by key; empty where it is no section. */
  readonly members: readonly Setting[];
  /** Of its keys, those of which exactly one has to be there. */
  readonly exactlyOne: readonly string[];
  /** A short value in its place, where there is one. */
  readonly short: Setting | undefined;
  /** What each entry is, where it is a list of sections. */
  readonly item: Setting | undefined;
  /** What each of its members is, where those have names of their own. */
  readonly each: { readonly setting: Setting; readonly namePattern: string } | undefined;
}

export function rootSetting(): Setting {
  return settingOf(configSchema, { path: "", isRequired: true });
}

interface Place {
  readonly path: string;
  readonly isRequired: boolean;
  readonly fallback?: unknown;
}

function settingOf(schema: v.GenericSchema, place: Place): Setting {
  if (isOptional(schema)) {
    return settingOf(schema.wrapped, { ...place, isRequired: false, fallback: schema.default });
  }
  if (isLazy(schema)) {
    // A short value, or an object in its place that says more.
    const section = settingOf(schema.getter({}), place);
    return { ...section, short: settingOf(schema.getter(undefined), place) };
  }
  const {
    expected = "",
    editor = {},
    entries = {},
    exactlyOne = [],
    members,
    memberName = "",
  } = notesOf(schema);
  const inside = (key: string) => (place.path === "" ? key : `${place.path}.${key}`);
  const required = (key: string) => ({ path: inside(key), isRequired: true });
  return {
    fallback: undefined,
    ...place,
    expected,
    editor,
    members: Object.entries(entries).map(([key, entry]) => settingOf(entry, required(key))),
    exactlyOne,
    short: undefined,
    item: isArray(schema) && expected === "" ? settingOf(schema.item, required("*")) : undefined,
    each: members && { setting: settingOf(members, required("*")), namePattern: memberName },
  };
}

function notesOf(schema: v.GenericSchema): SchemaNotes {
  return v.getMetadata(schema);
}

function isOptional(schema: v.GenericSchema): schema is v.OptionalSchema<v.GenericSchema, unknown> {
  return schema.type === "optional";
}

function isLazy(schema: v.GenericSchema): schema is v.LazySchema<v.GenericSchema> & Lazy {
  return schema.type === "lazy";
}

interface Lazy {
  readonly getter: (input: unknown) => v.GenericSchema;
}

function isArray(schema: v.GenericSchema): schema is v.ArraySchema<v.GenericSchema, undefined> {
  return schema.type === "array";
}

/** The last part of its path. */
export function keyOf({ path }: Setting): string {
  return path.slice(path.lastIndexOf(".") + 1);
}
