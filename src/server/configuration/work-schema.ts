import { availableParallelism } from "node:os";
import * as v from "valibot";
import { byteSizePattern, largestMemoryBytes, leastMemoryBytes, parseByteSize } from "./byte-size.ts";
import { count, isText, text } from "./count-and-text.ts";
import { found, isPlainObject, notes, oneOf, section, value } from "./expectation.ts";

/** What a configuration may say of the work of a type, where that is more than a name. */

const command = v.pipe(
  v.array(text, ({ input }) => `expected a list with a program and its arguments, found ${found(input)}`),
  v.check(([program = ""]) => program !== "", "expected a program first, found none"),
  v.transform(([program = "", ...args]): [string, ...string[]] => [program, ...args]),
  notes({
    expected: "a list with a program and its arguments, all strings",
    editor: { type: "array", items: { type: "string" }, minItems: 1 },
  }),
);

const variableName = /^[A-Za-z_]\w*$/;

const environment = v.pipe(
  value("an object with the names of variables and their values", isPlainObject, {
    type: "object",
    propertyNames: { pattern: variableName.source },
    additionalProperties: { type: "string" },
  }),
  v.rawTransform(({ dataset, addIssue }) => {
    const entries = Object.entries(dataset.value);
    for (const [key, input] of entries) {
      const message = environmentProblem(key, input);
      const path: v.ObjectPathItem = {
        type: "object",
        origin: "value",
        input: dataset.value,
        key,
        value: input,
      };
      if (message !== undefined) addIssue({ message, path: [path] });
    }
    return Object.fromEntries(entries.map(([key, input]) => [key, String(input)]));
  }),
);

/** Never shows the value: it may be a secret. */
function environmentProblem(key: string, input: unknown): string | undefined {
  if (!variableName.test(key)) return "expected a name of letters, digits and _ that begins with no digit";
  if (isText(input)) return undefined;
  const kind = input === null || input === undefined ? "nothing" : `a value of type ${typeof input}`;
  return `expected a string (in YAML, put numbers and the like in quotes), found ${kind}`;
}

const inputEnvironment = v.pipe(
  environment,
  v.check(
    (fields) => Object.values(fields).every((field) => field !== ""),
    "expected the name of a field of the input for each variable, found an empty one",
  ),
);

export const processSchema = v.pipe(
  section({
    command,
    cwd: v.optional(text),
    env: v.optional(environment, {}),
    inputEnv: v.optional(inputEnvironment, {}),
    progressFd: v.optional(count(3, 9)),
    stdin: v.optional(oneOf("input", "none"), "none"),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return;
    const { env, inputEnv } = dataset.value;
    const key = Object.keys(inputEnv).find((name) => Object.hasOwn(env, name));
    if (key === undefined) return;
    const at = (input: unknown, name: string) =>
      ({ type: "unknown", origin: "key", input, key: name, value: input }) as const;
    addIssue({
      message: "expected a variable that env does not have",
      path: [at(dataset.value, "inputEnv"), at(inputEnv, key)],
    });
  }),
);

const memory = v.pipe(
  value("a size from 32MB to 64GB, such as 256MB or 2GB", isMemory, {
    type: "string",
    pattern: byteSizePattern,
  }),
  v.transform((size) => parseByteSize(size) ?? 0),
);

function isMemory(input: unknown): input is string {
  const bytes = typeof input === "string" ? parseByteSize(input) : undefined;
  return bytes !== undefined && bytes >= leastMemoryBytes && bytes <= largestMemoryBytes;
}

const threadSection = section({
  module: text,
  pool: v.optional(count(0, 1_000), availableParallelism()),
  memory: v.optional(memory, "1GB"),
});
const threadModule = v.pipe(
  value("the path of a module, or an object with module, pool, memory", isText, { type: "string" }),
  v.transform((module) => v.parse(threadSection, { module })),
);
export const threadSchema = v.lazy((input) => (typeof input === "object" ? threadSection : threadModule));
