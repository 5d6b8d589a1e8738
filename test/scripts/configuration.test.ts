import { Ajv } from "ajv";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editorSchema } from "../../scripts/configuration/editor-schema.ts";
import { meaningOf, meanings } from "../../scripts/configuration/meanings.ts";
import { configurationReference } from "../../scripts/configuration/reference.ts";
import { rootSetting, type Setting } from "../../scripts/configuration/settings.ts";
import { ConfigurationError } from "../../src/server/configuration/configuration-error.ts";
import { checkedConfiguration } from "../../src/server/configuration/load-configuration.ts";

/** What is generated of the configuration: the schema for editors, and the reference of the docs. */
const settings = withMembers(rootSetting());
const accepts = new Ajv({ strict: true, strictRequired: false, strictTypes: false }).compile(
  JSON.parse(editorSchema()),
);

describe("The meanings of the configuration's keys", () => {
  it("are there for every key", () => {
    const without = settings.filter(({ path }) => path !== "" && meaningOf(path) === undefined);
    expect(without.map(({ path }) => path)).toEqual([]);
  });

  it("are of no key that there is not", () => {
    const used = new Set(settings.map(({ path }) => meaningOf(path)));
    const unused = Object.entries(meanings).filter(([, meaning]) => !used.has(meaning));
    expect(unused.map(([path]) => path)).toEqual([]);
  });

  it.each(
    settings.flatMap(({ path }) => {
      // What a fallback has of a type, the type has shown.
      const { example } = path.includes(".fallback.") ? (meanings[path] ?? {}) : (meaningOf(path) ?? {});
      return example === undefined ? [] : [[path, example] as const];
    }),
  )("have an example of %s that can be used: %s", async (path, example) => {
    const config = around(path, parse(example));
    expect(accepts(config) || accepts.errors).toBe(true);
    expect(await problemsOf(config)).toEqual([]);
  });
});

describe("The schema for editors", () => {
  it("knows every key but `run`, which no text can have", () => {
    const unknown = settings.filter(({ path }) => path !== "" && schemaAt(path)?.description === undefined);
    expect(unknown.map(({ path }) => path)).toEqual(["types.*.run", "types.*.fallback.run"]);
  });

  it("takes the key that names it", () => {
    expect(accepts({ $schema: "./node_modules/jobcontrol/schema/config.schema.json" })).toBe(true);
  });

  it.each([
    ["a key that there is not", { chanel: {} }],
    ["such a key of a type", { types: { a: { process: { command: ["a"], comand: [] } } } }],
    ["a word that there is not", { channel: { fullMode: "drop" } }],
    ["a number that is too large", { channel: { lanes: { low: 100_001 } } }],
    ["a duration without a unit", { drain: { timeout: "30" } }],
    ["an empty duration", { drain: { timeout: "" } }],
    ["a store of another kind", { store: "postgres://x" }],
    ["a required key that is missing", { types: { a: { process: {} } } }],
    ["two kinds of work", { types: { a: { function: "./a.ts", thread: "./a.ts" } } }],
    ["no work", { types: { a: {} } }],
    [
      "two schedules",
      { types: { a: { function: "./a.ts", schedule: { interval: "1s", cron: "* * * * *" } } } },
    ],
    ["a name that no type can have", { types: { "a b": { function: "./a.ts" } } }],
    [
      "the name of a variable that is none",
      { types: { a: { process: { command: ["a"], env: { "A-B": "" } } } } },
    ],
    ["a function", { types: { a: { run: "./a.ts" } } }],
  ])("marks %s, which the server refuses too", async (_, config) => {
    expect(accepts(config)).toBe(false);
    expect(await problemsOf(config)).not.toEqual([]);
  });

  it("says of every key what it means and what holds without it", () => {
    const { properties } = JSON.parse(editorSchema()) as { properties: { log: object } };
    expect(properties.log).toEqual({
      description: "How the log on stderr is written",
      default: "pretty",
      enum: ["pretty", "json"],
    });
    const text = editorSchema();
    expect(text).not.toMatch(/"description": ""/);
    expect(text).not.toContain("](");
  });
});

describe("The configuration reference", () => {
  it("has every key once", () => {
    const keys = Array.from(configurationReference().matchAll(/^\| `([\w.]+)` \|/gm), ([, key]) => key);
    expect(new Set(keys).size).toBe(keys.length);
    expect(keys).toEqual(
      expect.arrayContaining(["listen", "channel.lanes.LANE.capacity", "process.command", "run"]),
    );
    expect(keys).not.toContain("fallback.process");
  });
});

interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema;
  readonly items?: JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

/** What the schema for editors says of a key. */
function schemaAt(path: string): JsonSchema | undefined {
  return path.split(".").reduce<JsonSchema | undefined>((schema, key) => {
    const { properties, additionalProperties, items } = schema?.anyOf?.at(-1) ?? schema ?? {};
    return key === "*" ? (items ?? additionalProperties) : properties?.[key];
  }, JSON.parse(editorSchema()));
}

function withMembers(setting: Setting): Setting[] {
  const { members, each, item } = setting;
  const below = [...members, ...(each === undefined ? [] : [each.setting]), ...(item?.members ?? [])];
  return [setting, ...below.flatMap(withMembers)];
}

/** A configuration with this value at this path, and what it needs besides. */
function around(path: string, value: unknown): unknown {
  const [, inLane] = /^channel\.lanes\.\w+\.?(.*)$/.exec(path) ?? [];
  if (inLane !== undefined)
    return { channel: { lanes: { low: inLane === "" ? value : { [inLane]: value } } } };
  const [, section = "", key = ""] = /^(tls|admission|auth\.\w+)\.(?:\*\.)?(\w+)$/.exec(path) ?? [];
  if (key !== "") return aroundSecurity(section, key, value);
  const [, ofType] = /^types\.\*\.(.*)$/.exec(path) ?? [];
  if (ofType === undefined) return nested(path, value);
  const types = {
    a: { ...needed(ofType), ...withRequired(ofType, value) },
    spool: { process: { command: ["a"] } },
  };
  return { types };
}

/** What the section of a key has to have besides, in those that are of the server's security. */
function aroundSecurity(section: string, key: string, value: unknown): unknown {
  const tls = { cert: "server.pem", key: "server.key", clientCa: "clients.pem" };
  const identity = { name: "a", role: "read" };
  const isSource = key === "sha256" || key === "file" || key === "env";
  switch (section) {
    case "tls":
      return { tls: { ...tls, [key]: value } };
    case "admission":
      return { admission: { perSecond: 1, [key]: value } };
    case "auth.tokens":
      return { auth: { tokens: [{ ...identity, ...(!isSource && { file: "token" }), [key]: value }] } };
    case "auth.certificates":
      return { tls, auth: { certificates: [{ ...identity, match: "CN=a", [key]: value }] } };
    default:
      return expect.fail(`No such section: ${section}`);
  }
}

function nested(path: string, value: unknown): Record<string, unknown> {
  return Object.fromEntries([
    [
      path.split(".")[0],
      path
        .split(".")
        .slice(1)
        .reduceRight((inner, key) => ({ [key]: inner }), value),
    ],
  ]);
}

/** A type has to do something, unless that is what the example says. */
function needed(path: string): object {
  return /^(process|function|thread)\b/.test(path) ? {} : { process: { command: ["a"] } };
}

/** What else the section of a key has to have. */
function withRequired(path: string, value: unknown): Record<string, unknown> {
  const [section = "", key] = path.split(".");
  if (key === undefined) return { [section]: value };
  const required: Record<string, object> = {
    process: { command: ["a"] },
    thread: { module: "./a.ts" },
    retry: { maxAttempts: 2 },
    schedule:
      key === "interval" || key === "cron"
        ? {}
        : key === "timeZone"
          ? { cron: "@daily" }
          : { interval: "1h" },
  };
  return { [section]: { ...required[section], ...nested(path.slice(section.length + 1), value) } };
}

/** But for files that are not there. */
async function problemsOf(config: unknown): Promise<readonly string[]> {
  try {
    const env = { CI_TOKEN: "a-token-that-is-long-enough" };
    await checkedConfiguration(config, { folder: "/nowhere", env });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const problems = error.problems.map(({ field, problem }) => `${field}: ${problem}`);
    return problems.filter((problem) => !/no such file|cannot import it|cannot read it/.test(problem));
  }
}
