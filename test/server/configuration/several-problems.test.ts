import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/server/configuration/configuration-error.ts";
import { loadConfiguration } from "../../../src/server/configuration/load-configuration.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

/** An operator mends a file once, and not once for each thing that is wrong with it. */
describe("loadConfiguration(): everything that is wrong", () => {
  const yaml = `
chanel: { capacity: 500 }
rate: { perSecond: 0, burst: many }
log: jsonn
types:
  report:
    process: { comand: [du], cwd: 5, env: { A: 1, "B-C": x } }
    schedule: { cron: "0 2 * * *", timeZone: Europe/Madird }
    stopGrace: 10
  "a b": { function: ./a.ts }
  mail:
    function: ./none.mjs
    fallback: { type: reprot }
    retry: { maxAttempts: 1, jitter: 2 }
  none: {}
  twice:
    thread: { module: ./none.mjs }
    process: { command: [] }
`;

  it("is told at once, each with its line, in the order of the file", async () => {
    const error = await refusal({ "c.yaml": yaml });
    expect(error.problems.map(({ line, column, field, problem }) => [line, column, field, problem])).toEqual([
      [2, 1, "chanel", "unknown key, did you mean channel?"],
      [3, 9, "rate.perSecond", "expected a number above 0, found 0"],
      [3, 23, "rate.burst", 'expected a whole number from 1 to 2147483647, found "many"'],
      [4, 1, "log", 'expected pretty or json, found "jsonn", did you mean json?'],
      [7, 16, "types.report.process.comand", "unknown key, did you mean command?"],
      [7, 30, "types.report.process.cwd", expect.stringContaining("expected a string")],
      [7, 45, "types.report.process.env.A", expect.stringContaining("found a value of type number")],
      [7, 51, "types.report.process.env.B-C", expect.stringContaining("expected a name of letters")],
      [8, 36, "types.report.schedule.timeZone", expect.stringContaining("did you mean Europe/Madrid?")],
      [9, 5, "types.report.stopGrace", expect.stringContaining("expected a duration of at least 0s")],
      [10, 3, 'types["a b"]', expect.stringContaining("expected a name")],
      [12, 5, "types.mail.function", expect.stringContaining("no such file")],
      [13, 17, "types.mail.fallback.type", "no such type: reprot, did you mean report?"],
      [14, 14, "types.mail.retry.maxAttempts", "expected a whole number from 2 to 1000, found 1"],
      [14, 30, "types.mail.retry.jitter", "expected a number from 0 to 1, found 2"],
      [15, 3, "types.none", "expected exactly one of process, function, thread, run, found none"],
      [18, 16, "types.twice.process.command", "expected a program first, found none"],
    ]);
  });

  it("is told of what takes more than a look at each field, too", async () => {
    const error = await refusal({
      "c.yaml": `types:
  report:
    function: ./none.mjs
    schedule: { cron: "0 2 * * *", timeZone: Europe/Madird }
    fallback: { type: mial }
  mail: { thread: ./none.ts, schedule: {} }
channel: { capacity: 0, fullMode: drop-write }`,
    });
    expect(error.problems.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [3, "types.report.function", expect.stringContaining("no such file")],
      [4, "types.report.schedule.timeZone", "not a time zone: Europe/Madird, did you mean Europe/Madrid?"],
      [5, "types.report.fallback.type", "no such type: mial, did you mean mail?"],
      [6, "types.mail.thread", expect.stringContaining("no such file")],
      [6, "types.mail.schedule", "expected either interval or cron, found neither"],
      [7, "channel.capacity", expect.stringContaining("needs fullMode wait")],
    ]);
  });

  it("has a line for each in its message, as compilers write it", async () => {
    const error = await refusal({ "c.json": '{\n  "log": "xml",\n  "lisen": 5\n}' });
    const file = error.file ?? "";
    expect(error.message).toBe(
      `Invalid configuration: 2 problems
  ${file}:2:3: log: expected pretty or json, found "xml"
  ${file}:3:3: lisen: unknown key, did you mean listen?`,
    );
  });

  it("has one line where one thing is wrong", async () => {
    const error = await refusal({ "c.yaml": "log: xml" });
    expect(error.message).toBe(
      `Invalid configuration in ${error.file}:1:1: log: expected pretty or json, found "xml"`,
    );
  });

  it("is told with what flags and variables say", async () => {
    const error = await refusal({ "c.yaml": "log: xml" }, { listen: "nowhere" });
    expect(error.problems.map(({ file, line, field }) => [file === undefined, line, field])).toEqual([
      [false, 1, "log"],
      [true, undefined, "--listen"],
    ]);
  });

  it("tells a required key that is misspelt by the name that it has, and one that is missing where it should be", async () => {
    const error = await refusal({
      "c.yaml": `types:
  a:
    process: { comandd: [ls] }
  b:
    process:
      cwd: .
  c: { thread: { modul: ./a.ts, pool: 1 } }
  d: { functoin: ./a.ts }
  e: { process: { command: [ls] }, fallback: { proces: { command: [ls] } } }`,
    });
    expect(error.problems.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [3, "types.a.process.comandd", "unknown key, did you mean command?"],
      [5, "types.b.process.command", "required, and missing"],
      [7, "types.c.thread.modul", "unknown key, did you mean module?"],
      [8, "types.d.functoin", "unknown key, did you mean function?"],
      [9, "types.e.fallback.proces", "unknown key, did you mean process?"],
    ]);
  });

  it("tells of a key that stands too far out where it belongs", async () => {
    const error = await refusal({
      "c.yaml": `capacity: 500
perSecond: 5
types:
  a: { process: { command: [ls] }, cron: "@daily", maxAttempts: 3, wrapped: 1, constructor: 1 }`,
    });
    expect(error.problems.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [1, "capacity", "unknown key, did you mean channel.capacity?"],
      [2, "perSecond", "unknown key, did you mean rate.perSecond or admission.perSecond?"],
      [4, "types.a.cron", "unknown key, did you mean schedule.cron?"],
      [4, "types.a.maxAttempts", "unknown key, did you mean retry.maxAttempts?"],
      [4, "types.a.wrapped", expect.stringContaining("expected one of")],
      [4, "types.a.constructor", expect.stringContaining("expected one of")],
    ]);
  });

  it("knows the line of what came through an alias: that of the alias", async () => {
    const error = await refusal({
      "c.yaml": `types:
  a: &a
    process: { command: [ls] }
    stopGrace: 1s
    timeout: 5
  b: *a`,
    });
    expect(error.problems.map(({ line, field }) => [line, field])).toEqual([
      [5, "types.a.timeout"],
      [6, "types.b.timeout"],
    ]);
  });

  it("knows the line of what `<<` takes over: that of the `<<`; and of what is said besides, its own", async () => {
    const error = await refusal({
      "c.yaml": `types:
  a: &a
    process: { command: [ls] }
    timeout: 5
    retry: { maxAttempts: 0 }
  b:
    timeout: 1s
    <<: *a
  c:
    <<: [{ stopGrace: 1 }, *a]
    timeout: 2`,
    });
    expect(error.problems.map(({ line, field }) => [line, field])).toEqual([
      [4, "types.a.timeout"],
      [5, "types.a.retry.maxAttempts"],
      [8, "types.b.retry.maxAttempts"],
      [10, "types.c.retry.maxAttempts"],
      [10, "types.c.stopGrace"],
      [11, "types.c.timeout"],
    ]);
  });

  it("tells of a cron expression and of its time zone, where both are wrong", async () => {
    const error = await refusal({
      "c.yaml": `types:
  a:
    process: { command: [ls] }
    schedule:
      timeZone: Europe/Madird
      cron: 0 2 * *`,
    });
    expect(error.problems.map(({ line, field, problem }) => [line, field, problem])).toEqual([
      [5, "types.a.schedule.timeZone", "not a time zone: Europe/Madird, did you mean Europe/Madrid?"],
      [6, "types.a.schedule.cron", 'not a cron expression of five or six fields, found "0 2 * *"'],
    ]);
  });

  it("finds keys that are there twice by the same words in YAML and JSON", async () => {
    for (const files of [
      { "c.yaml": "log: json\ntypes: {}\nlog: pretty" },
      { "c.json": '{"log": "json",\n"types": {},\n"log": "pretty"}' },
    ]) {
      const error = await refusal(files);
      expect(error.message).toMatch(/:3:1: log: is there already, at line 1$/);
    }
  });

  it("tells each line where YAML cannot be read, once", async () => {
    const error = await refusal({
      "c.yaml": `types:
  a:
    schedule: { cron: * * * * * }
  b:
    schedule: { cron: @daily }
`,
    });
    expect(error.problems.map(({ line, column }) => [line, column])).toEqual([
      [3, 23],
      [5, 23],
    ]);
  });

  it("lets `$schema` say what it likes, to editors", async () => {
    await using folder = await TemporaryFolder.with({
      "c.json": '{"$schema": "./schema.json", "log": "json"}',
    });
    const sources = { file: "c.json", cwd: folder.path, env: {}, flags: {} };
    expect((await loadConfiguration(sources)).log).toBe("json");
  });
});

async function refusal(
  files: Readonly<Record<string, string>>,
  flags: { readonly listen?: string } = {},
): Promise<ConfigurationError> {
  await using folder = await TemporaryFolder.with(files);
  const [file = ""] = Object.keys(files);
  const loading = loadConfiguration({ file, cwd: folder.path, env: {}, flags });
  const error: unknown = await loading.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toMatchObject({ file: join(folder.path, file) });
  return error as ConfigurationError;
}
