import type { Meaning } from "./meaning.ts";
import { meaningOf } from "./meanings.ts";
import { keyOf, rootSetting, type Setting } from "./settings.ts";

/**
 * The JSON schema of a configuration in YAML or JSON, by which editors complete, explain and check as one writes. It says less
 * than the server's own check, and never more: what it marks as wrong is refused.
 */
export function editorSchema(): string {
  const schema = {
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "jobcontrol.config",
    description: "What a jobcontrol server serves, and how: jobcontrol.config.yaml or .json",
    ...objectOf(rootSetting(), { $schema: { type: "string", description: "Where this schema is" } }),
  };
  return `${JSON.stringify(schema, null, 2)}\n`;
}

type Json = Readonly<Record<string, unknown>>;

function schemaOf(setting: Setting): Json {
  const { fallback, short } = setting;
  const meaning = meaningOf(setting.path);
  const isTold = meaning?.absent === undefined && fallback !== undefined && typeof fallback !== "object";
  return {
    description: descriptionOf(setting, meaning),
    ...(isTold && { default: fallback }),
    ...(short === undefined ? shapeOf(setting) : { anyOf: [short.editor, shapeOf(setting)] }),
  };
}

function shapeOf(setting: Setting): Json {
  if (setting.each !== undefined) {
    const { setting: each, namePattern } = setting.each;
    return { type: "object", propertyNames: { pattern: namePattern }, additionalProperties: schemaOf(each) };
  }
  if (setting.item !== undefined) return { type: "array", items: schemaOf(setting.item) };
  return setting.members.length > 0 ? objectOf(setting) : setting.editor;
}

function objectOf({ members, exactlyOne }: Setting, more: Json = {}): Json {
  // A function cannot be written there.
  const known = members.filter((member) => keyOf(member) !== "run");
  const required = known.filter(({ isRequired }) => isRequired).map(keyOf);
  const choices = exactlyOne.filter((key) => known.some((member) => keyOf(member) === key));
  return {
    type: "object",
    properties: { ...Object.fromEntries(known.map((member) => [keyOf(member), schemaOf(member)])), ...more },
    additionalProperties: false,
    ...(required.length > 0 && { required }),
    ...(choices.length > 0 && { oneOf: choices.map((key) => ({ required: [key] })) }),
  };
}

/** Without links: an editor does not know where they lead. */
function descriptionOf({ expected }: Setting, meaning: Meaning | undefined): string {
  const { text = expected, absent } = meaning ?? {};
  const plain = text.replaceAll(/: \[[^\]]*\]\([^)]*\)/g, "").replaceAll(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const left = absent === undefined ? "" : `. Left out: ${absent}`;
  return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}${left}`;
}
