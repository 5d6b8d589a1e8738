import { availableParallelism } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/server/configuration/configuration-error.ts";
import {
  type ConfigurationSources,
  checkedConfiguration,
  loadConfiguration,
} from "../../../src/server/configuration/load-configuration.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

describe("loadConfiguration(): what it loads", () => {
  it("fills in the defaults", async () => {
    await using folder = await TemporaryFolder.with({ "jobcontrol.config.json": "{}" });
    const lanes = ["critical", "high", "normal", "low"].map((priority) => {
      return { priority, capacity: 100, fullMode: "wait" };
    });
    expect(await load(folder)).toEqual({
      file: join(folder.path, "jobcontrol.config.json"),
      listen: { host: "127.0.0.1", port: 50_051 },
      store: { file: join(folder.path, "jobcontrol.db") },
      channel: { maxWaiters: 1_000, degradedAt: 0.8, lanes },
      rate: { perSecond: 1_000, burst: 1_000 },
      watch: { ring: 10_000, maxWatchers: 20_000, bookmarkMs: 15_000 },
      drainTimeoutMs: 30_000,
      web: { hosts: [], origins: [], maxConnections: 2_000 },
      log: "pretty",
      types: [],
    });
  });

  it("reads every key, from YAML", async () => {
    await using folder = await TemporaryFolder.with({ "jobcontrol.config.yaml": wholeYaml });
    expect(await load(folder)).toEqual({
      file: join(folder.path, "jobcontrol.config.yaml"),
      listen: { host: "::1", port: 0 },
      store: "memory:",
      channel: {
        maxWaiters: 7,
        degradedAt: 0.5,
        lanes: [
          { priority: "critical", capacity: 50, fullMode: "drop-oldest" },
          { priority: "high", capacity: 0, fullMode: "wait" },
          { priority: "normal", capacity: 10, fullMode: "drop-oldest" },
          { priority: "low", capacity: 10, fullMode: "drop-newest" },
        ],
      },
      rate: "unlimited",
      watch: { ring: 5, maxWatchers: 6, bookmarkMs: 1_000 },
      drainTimeoutMs: 60_000,
      web: {
        hosts: ["jobs.example.com", "[fd00::1]"],
        origins: ["https://jobs.example.com", "http://localhost:5173"],
        maxConnections: 50,
      },
      log: "json",
      types: [
        {
          type: {
            name: "disk-report",
            schedule: { kind: "interval", intervalMs: 5_000, overlap: "buffer-one", catchUpMs: 60_000 },
            timeoutMs: 30_000,
            retry: { maxAttempts: 3, initialMs: 200, maxMs: 2000, multiplier: 1.5, jitter: 0 },
            breaker: { failures: 3, halfOpenAfterMs: 10_000 },
            hasFallback: true,
            concurrency: 4,
            queue: { capacity: 7, fullMode: "drop-oldest" },
            onLost: "restart",
            stopGraceMs: 1_000,
            retentionMs: 3_600_000,
            template: true,
          },
          work: {
            kind: "process",
            command: ["du", "-sk", "/var"],
            cwd: join(folder.path, "data"),
            env: { LANG: "C" },
            inputEnv: { WIDTH: "width" },
            progressFd: 3,
            stdin: "input",
          },
          fallback: {
            kind: "process",
            command: ["df"],
            cwd: folder.path,
            env: {},
            inputEnv: {},
            stdin: "none",
          },
        },
        {
          type: {
            name: "constructor",
            hasFallback: false,
            queue: { capacity: 100, fullMode: "wait" },
            onLost: "fail",
            stopGraceMs: 10_000,
            retentionMs: 86_400_000,
            template: false,
          },
          work: {
            kind: "process",
            command: ["true"],
            cwd: folder.path,
            env: {},
            inputEnv: {},
            stdin: "none",
          },
        },
      ],
    });
  });

  it("says the same in JSON and in a module", async () => {
    const types = { a: { process: { command: ["true"] }, schedule: { interval: "10ms" } } };
    const asked = { listen: "localhost:1", channel: { capacity: 3 }, rate: { perSecond: 0.5 } };
    const config = { ...asked, store: "memory:", types };
    const json = JSON.stringify(config);
    const loaded: unknown[] = [];
    for (const [name, text] of [
      ["c.json", json],
      ["c.yml", json],
      ["c.json", `\uFEFF${json}`],
      ["c.ts", `export default ${json} satisfies object;`],
      ["c.mjs", `export const config = ${json};`],
      ["c.js", `export default Promise.resolve(${json});`],
      ["c.mts", `export default ${json} as object;`],
    ] as const) {
      await using folder = await TemporaryFolder.with({ [name]: text, "package.json": `{"type":"module"}` });
      const { file, types, ...rest } = await load(folder, { file: name });
      expect(file).toBe(join(folder.path, name));
      loaded.push({ ...rest, types: types.map(({ type }) => type) });
    }
    expect(new Set(loaded.map((each) => JSON.stringify(each))).size).toBe(1);
    expect(loaded[0]).toMatchObject({ rate: { perSecond: 0.5, burst: 1 }, listen: { host: "localhost" } });
  });

  it("lets two types fall back on each other: only the work is the other's", async () => {
    const north = async () => {};
    const south = async () => {};
    const types = {
      north: { run: north, fallback: { type: "south" } },
      south: { run: south, fallback: { type: "north" } },
    };
    const declared = (await checkedConfiguration({ types }, { folder: "." })).types;
    expect(declared.map(({ fallback }) => fallback)).toEqual([
      { kind: "function", run: south },
      { kind: "function", run: north },
    ]);
  });

  it("takes defaults for a breaker, and the work of another type for a fallback", async () => {
    const types = { a: { run, breaker: {}, fallback: { type: "b" } }, b: { run: other, fallback: { run } } };
    const [a, b] = (await checkedConfiguration({ types }, { folder: "." })).types;
    expect(a?.type).toMatchObject({ breaker: { failures: 5, halfOpenAfterMs: 30_000 }, hasFallback: true });
    expect(a?.fallback).toEqual({ kind: "function", run: other });
    expect(a?.fallback).toBe(b?.work);
    expect(b?.fallback).toEqual({ kind: "function", run });

    async function run() {}
    async function other() {}
  });

  it("takes the functions of a module as they are, and imports those that are named", async () => {
    await using folder = await TemporaryFolder.with({
      "deep/jobcontrol.config.ts": `export default { types: {
        own: { run: async (ctx: { jobId: string }) => "own " + ctx.jobId },
        other: { function: "./jobs/other.ts" },
      } };`,
      "deep/jobs/other.ts":
        "export function run(ctx: { jobId: string }): string { return 'other ' + ctx.jobId }",
    });
    const { types } = await load(folder, { file: "deep/jobcontrol.config.ts" });
    const said = await Promise.all(
      types.map(({ work }) => work.kind === "function" && work.run({ jobId: "1" } as never)),
    );
    expect(said).toEqual(["own 1", "other 1"]);
  });

  it("finds the modules of threads, and loads none of them", async () => {
    await using folder = await TemporaryFolder.with({
      "c.yaml": `types:
        short: { thread: ./jobs/resize.ts }
        long: { thread: { module: ./jobs/resize.ts, pool: 0, memory: 64MB }, concurrency: 9 }
        one: { thread: { module: ./jobs/resize.ts, pool: 0 } }`,
      "jobs/resize.ts": "this is no module",
    });
    const { types } = await load(folder, { file: "c.yaml" });
    const module = pathToFileURL(join(folder.path, "jobs/resize.ts")).href;
    const cores = availableParallelism();
    expect(types.map(({ work }) => work)).toEqual([
      { kind: "thread", module, pool: cores, memoryBytes: 2 ** 30 },
      { kind: "thread", module, pool: 0, memoryBytes: 64 * 2 ** 20 },
      { kind: "thread", module, pool: 0, memoryBytes: 2 ** 30 },
    ]);
    expect(types.map(({ type }) => type.concurrency)).toEqual([cores, 9, 1]);
  });

  it("freezes what it gives", async () => {
    await using folder = await TemporaryFolder.with({ "jobcontrol.config.yaml": wholeYaml });
    const configuration = await load(folder);
    const [first] = configuration.types;
    const parts = [configuration, configuration.types, first, first?.work, configuration.channel.lanes[3]];
    for (const part of parts) expect(Object.isFrozen(part)).toBe(true);
  });
});

describe("loadConfiguration(): where it looks", () => {
  const files = {
    "jobcontrol.config.ts": `export default { listen: "127.0.0.1:1" };`,
    "jobcontrol.config.yaml": `listen: "127.0.0.1:2"`,
    "jobcontrol.config.json": `{ "listen": "127.0.0.1:3", "log": "json" }`,
    "other.json": `{ "listen": "127.0.0.1:4" }`,
  };

  it("takes over in YAML what `<<` names, for what is not said, whatever comes first", async () => {
    await using folder = await TemporaryFolder.with({
      "merged.yaml": `types:
  one: &usual
    process: { command: [ls], cwd: . }
    retry: &retry { maxAttempts: 3, maxInterval: 1m }
    timeout: 5s
  two:
    timeout: 9s
    <<: *usual
    retry: { <<: *retry, maxAttempts: 4 }
  three: { <<: [{ timeout: 7s }, *usual] }`,
      "plain.yaml": `types:
  one:
    process: { command: [ls], cwd: . }
    retry: { maxAttempts: 3, maxInterval: 1m }
    timeout: 5s
  two:
    process: { command: [ls], cwd: . }
    retry: { maxAttempts: 4, maxInterval: 1m }
    timeout: 9s
  three:
    process: { command: [ls], cwd: . }
    retry: { maxAttempts: 3, maxInterval: 1m }
    timeout: 7s`,
    });
    const { types } = await load(folder, { file: "merged.yaml" });
    expect(types).toEqual((await load(folder, { file: "plain.yaml" })).types);
  });

  it("takes .ts, .yaml and .json in the working directory, in this order", async () => {
    const names = Object.entries(files).slice(0, 3);
    for (let from = 0; from < names.length; from++) {
      await using folder = await TemporaryFolder.with(Object.fromEntries(names.slice(from)));
      expect((await load(folder)).listen.port).toBe(from + 1);
    }
  });

  it("prefers the file of JOBCONTROL_CONFIG, and the one of --config to both", async () => {
    await using folder = await TemporaryFolder.with(files);
    const env = { JOBCONTROL_CONFIG: "other.json" };
    expect((await load(folder, { env })).listen.port).toBe(4);
    expect((await load(folder, { env, file: "./jobcontrol.config.yaml" })).listen.port).toBe(2);
    expect((await load(folder, { env, file: join(folder.path, "other.json") })).listen.port).toBe(4);
  });

  it("lets environment variables win over the file, and flags over both", async () => {
    await using folder = await TemporaryFolder.with(files);
    const file = "jobcontrol.config.json";
    const env = { JOBCONTROL_LISTEN: "[::1]:5", JOBCONTROL_LOG: "pretty", JOBCONTROL_STORE: "memory:" };
    const byEnv = await load(folder, { file, env });
    expect([byEnv.listen, byEnv.log]).toEqual([{ host: "::1", port: 5 }, "pretty"]);
    const byFlag = await load(folder, { file, env, flags: { listen: "localhost:6", log: "json" } });
    expect([byFlag.listen, byFlag.log]).toEqual([{ host: "localhost", port: 6 }, "json"]);
  });

  it("takes the store's file from the folder of the configuration, and from the working directory otherwise", async () => {
    await using folder = await TemporaryFolder.with({
      "config/some.json": `{ "store": "sqlite:data/a.db" }`,
    });
    const file = "config/some.json";
    const at = (path: string) => ({ file: join(folder.path, path) });
    expect((await load(folder, { file })).store).toEqual(at("config/data/a.db"));
    const env = { JOBCONTROL_STORE: "sqlite:./b.db" };
    expect((await load(folder, { file, env })).store).toEqual(at("b.db"));
    const flags = { store: "sqlite:/tmp/c.db" };
    expect((await load(folder, { file, env, flags })).store).toEqual({ file: "/tmp/c.db" });
    expect((await load(folder, { file, flags: { store: "memory:" } })).store).toBe("memory:");
  });

  it("takes an empty environment variable for none", async () => {
    await using folder = await TemporaryFolder.with(files);
    const env = { JOBCONTROL_CONFIG: "", JOBCONTROL_LISTEN: "", JOBCONTROL_LOG: "", JOBCONTROL_STORE: "" };
    expect((await load(folder, { env })).listen.port).toBe(1);
  });

  it("names the flag or the variable that is wrong", async () => {
    await using folder = await TemporaryFolder.with(files);
    const wrong: [sources: Partial<ConfigurationSources>, field: string, message: string][] = [
      [
        { flags: { listen: "nowhere" } },
        "--listen",
        `expected HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, found "nowhere"`,
      ],
      [{ flags: { listen: "" } }, "--listen", "expected HOST:PORT"],
      [{ env: { JOBCONTROL_LISTEN: "0.0.0.0:1" } }, "JOBCONTROL_LISTEN", "expected a loopback address"],
      [
        { flags: { store: "./a.db" } },
        "--store",
        `expected sqlite: and a file, such as sqlite:./jobcontrol.db, or memory:, found "./a.db"`,
      ],
      [{ env: { JOBCONTROL_LOG: "xml" } }, "JOBCONTROL_LOG", `expected pretty or json, found "xml"`],
      [{ file: "none.yaml" }, "--config", `no such file: ${folder.path}/none.yaml`],
      [{ env: { JOBCONTROL_CONFIG: "none.yaml" } }, "JOBCONTROL_CONFIG", "no such file"],
    ];
    for (const [sources, field, message] of wrong) {
      const error = await errorOf(load(folder, sources));
      expect(error).toMatchObject({ file: undefined, field });
      expect(error.message).toContain(`Invalid configuration: ${field}: ${message}`);
    }
  });

  it("says where it looked when there is no file", async () => {
    await using folder = await TemporaryFolder.with({});
    expect((await errorOf(load(folder))).message).toBe(
      `Invalid configuration: expected one of jobcontrol.config.ts, jobcontrol.config.yaml, jobcontrol.config.json in ${folder.path}, or --config FILE (jobctl init writes a first one)`,
    );
  });
});

const wholeYaml = `
listen: "[::1]:0"
store: "memory:"
channel:
  capacity: 10
  fullMode: drop-oldest
  maxWaiters: 7
  degradedAt: 0.5
  lanes: { critical: 50, high: { capacity: 0, fullMode: wait }, low: { fullMode: drop-newest } }
rate: unlimited
watch: { ring: 5, maxWatchers: 6, bookmark: 1s }
drain: { timeout: 1m }
web:
  hosts: [jobs.example.com, "[fd00::1]"]
  origins: [https://jobs.example.com, http://localhost:5173]
  maxConnections: 50
log: json
types:
  disk-report:
    process: { command: [du, -sk, /var], cwd: ./data, env: { LANG: C }, inputEnv: { WIDTH: width }, progressFd: 3, stdin: input }
    schedule: { interval: 5s, overlap: buffer-one, catchUp: 1m }
    timeout: 30s
    retry: { maxAttempts: 3, initialInterval: 200ms, maxInterval: 2s, multiplier: 1.5, jitter: 0 }
    breaker: { failures: 3, halfOpenAfter: 10s }
    fallback: { process: { command: [df] } }
    concurrency: 4
    queue: { capacity: 7, fullMode: drop-oldest }
    onLost: restart
    stopGrace: 1s
    retention: 1h
    template: true
  constructor:
    process: { command: ["true"] }
`;

function load(folder: TemporaryFolder, sources: Partial<ConfigurationSources> = {}) {
  return loadConfiguration({ cwd: folder.path, env: {}, flags: {}, ...sources });
}

async function errorOf(loading: Promise<unknown>): Promise<ConfigurationError> {
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  return error as ConfigurationError;
}
