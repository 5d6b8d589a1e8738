import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/server/configuration/configuration-error.ts";
import { loadConfiguration } from "../../../src/server/configuration/load-configuration.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

const durations = "such as 500ms, 10s, 5m or 1h30m";
const quotes = "(in YAML, put numbers and the like in quotes)";
const aProcess = { process: { command: ["true"] } };

describe("loadConfiguration(): a wrong field", () => {
  const cases: [config: unknown, field: string | undefined, problem: string][] = [
    [
      [],
      undefined,
      "expected an object with listen, store, channel, rate, watch, drain, web, tls, auth, admission, log, types, found a list",
    ],
    ["text", undefined, `found "text"`],
    [null, undefined, "found nothing"],
    [5, undefined, "found 5"],

    [{ listn: "x" }, "listn", "unknown key, did you mean listen?"],
    [
      { metrics: {} },
      "metrics",
      "unknown key, expected one of listen, store, channel, rate, watch, drain, web, tls, auth, admission, log, types",
    ],
    [{ constructor: {} }, "constructor", "unknown key, expected one of"],
    [{ "<<": {} }, `["<<"]`, "unknown key, expected one of"],

    [{ listen: 50_051 }, "listen", "expected HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, found 50051"],
    [
      { listen: "::1:1" },
      "listen",
      `expected HOST:PORT, such as 127.0.0.1:50051 or [::1]:50051, found "::1:1"`,
    ],
    [{ listen: "localhost:65536" }, "listen", "expected HOST:PORT"],
    [
      { listen: "0.0.0.0:50051" },
      "listen",
      `expected a loopback address (127.0.0.0/8, [::1] or localhost), or tls and auth, found "0.0.0.0" without tls and auth`,
    ],
    [{ listen: "[::]:1" }, "listen", `expected a loopback address`],
    [
      { store: "sqlite:" },
      "store",
      `expected sqlite: and a file, such as sqlite:./jobcontrol.db, or memory:, found "sqlite:"`,
    ],
    [{ store: null }, "store", "or memory:, found nothing"],
    [{ store: "postgres://host/db" }, "store", `or memory:, found "postgres://host/db"`],
    [{ log: "xml" }, "log", `expected pretty or json, found "xml"`],

    [
      { channel: [] },
      "channel",
      "expected an object with capacity, fullMode, maxWaiters, degradedAt, lanes, found a list",
    ],
    [{ channel: null }, "channel", "found nothing"],
    [{ channel: { capacty: 5 } }, "channel.capacty", "unknown key, did you mean capacity?"],
    [
      { channel: { capacity: "5" } },
      "channel.capacity",
      `expected a whole number from 0 to 100000, found "5"`,
    ],
    [{ channel: { capacity: -1 } }, "channel.capacity", "found -1"],
    [{ channel: { capacity: 1.5 } }, "channel.capacity", "found 1.5"],
    [{ channel: { capacity: 100_001 } }, "channel.capacity", "found 100001"],
    [
      { channel: { maxWaiters: -1 } },
      "channel.maxWaiters",
      "expected a whole number from 0 to 2147483647, found -1",
    ],
    [{ channel: { degradedAt: 80 } }, "channel.degradedAt", "expected a number from 0.01 to 1, found 80"],
    [{ web: { hosts: "a" } }, "web.hosts", `expected a list of host names without ports`],
    [{ web: { hosts: ["a:1"] } }, "web.hosts", "found a list"],
    [{ web: { hosts: ["a/b"] } }, "web.hosts", "found a list"],
    [{ web: { hosts: ["*"] } }, "web.hosts", "found a list"],
    [
      { web: { origins: ["jobs.example.com"] } },
      "web.origins",
      `expected a list of origins, such as [https://jobs.example.com], found a list`,
    ],
    [{ web: { origins: ["https://jobs.example.com/"] } }, "web.origins", "found a list"],
    [{ web: { origins: ["null"] } }, "web.origins", "found a list"],
    [{ web: { maxConnections: 0 } }, "web.maxConnections", "found 0"],
    [
      { channel: { fullMode: "drop" } },
      "channel.fullMode",
      `expected wait, drop-write, drop-newest or drop-oldest, found "drop"`,
    ],
    [
      { channel: { capacity: 0, fullMode: "drop-write" } },
      "channel.capacity",
      "a capacity of 0 needs fullMode wait: drop-write would refuse every command",
    ],
    [
      { channel: { fullMode: "drop-newest", lanes: { low: 0 } } },
      "channel.lanes.low",
      "a capacity of 0 needs fullMode wait: drop-newest would refuse every command",
    ],
    [
      { channel: { lanes: { urgent: 5 } } },
      "channel.lanes.urgent",
      "unknown key, expected one of critical, high",
    ],
    [
      { channel: { lanes: { low: "5" } } },
      "channel.lanes.low",
      `expected a whole number from 0 to 100000, or an object, found "5"`,
    ],
    [{ channel: { lanes: { low: 100_001 } } }, "channel.lanes.low", "found 100001"],
    [{ channel: { lanes: { low: { mode: 5 } } } }, "channel.lanes.low.mode", "unknown key"],
    [{ channel: { lanes: { low: { capacity: "5" } } } }, "channel.lanes.low.capacity", `found "5"`],

    [{ rate: 5 }, "rate", "expected unlimited, or an object with perSecond, burst, found 5"],
    [{ rate: { perSecond: 0 } }, "rate.perSecond", "expected a number above 0, found 0"],
    [{ rate: { perSecond: Number.POSITIVE_INFINITY } }, "rate.perSecond", "found Infinity"],
    [{ rate: { burst: 0 } }, "rate.burst", "expected a whole number from 1 to 2147483647, found 0"],
    [{ rate: { perMinute: 5 } }, "rate.perMinute", "unknown key, expected one of perSecond, burst"],

    [{ watch: { ring: 0 } }, "watch.ring", "expected a whole number from 1"],
    [{ watch: { maxWatchers: "many" } }, "watch.maxWatchers", `found "many"`],
    [
      { watch: { bookmark: 15 } },
      "watch.bookmark",
      `expected a duration of at least 100ms, ${durations}, found 15`,
    ],
    [{ watch: { bookmark: "99ms" } }, "watch.bookmark", `found "99ms"`],
    [{ drain: "30s" }, "drain", `expected an object with timeout, found "30s"`],
    [
      { drain: { timeout: "1.5h" } },
      "drain.timeout",
      `expected a duration of at least 0s, ${durations}, found "1.5h"`,
    ],

    [{ types: ["a"] }, "types", "expected an object with the names of job types, found a list"],
    [typed({}), "types.a", "expected exactly one of process, function, thread, run, found none"],
    [typed({ ...aProcess, function: "./a.ts" }), "types.a", "found process and function"],
    [
      typed({ process: { command: "ls -l" } }),
      "types.a.process.command",
      `expected a list with a program and its arguments, found "ls -l"`,
    ],
    [typed({ process: {} }), "types.a.process.command", "required, and missing"],
    [typed({ process: { comand: ["ls"] } }), "types.a.process.comand", "unknown key, did you mean command?"],
    [
      typed({ ...aProcess, schedule: { intervall: "5s" } }),
      "types.a.schedule.intervall",
      "unknown key, did you mean interval?",
    ],
    [typed({ process: { command: [] } }), "types.a.process.command", "expected a program first, found none"],
    [
      typed({ process: { command: [""] } }),
      "types.a.process.command",
      "expected a program first, found none",
    ],
    [
      typed({ process: { command: ["sleep", 10] } }),
      "types.a.process.command[1]",
      `expected a string ${quotes}, found 10`,
    ],
    [
      typed({ process: { command: ["a\0b"] } }),
      "types.a.process.command[0]",
      `expected a string ${quotes}, found "a b"`,
    ],
    [
      typed({ process: { command: ["a"], cwd: 5 } }),
      "types.a.process.cwd",
      `expected a string ${quotes}, found 5`,
    ],
    [typed({ process: { command: ["a"], shell: true } }), "types.a.process.shell", "unknown key"],
    [
      typed({ process: { command: ["a"], stdin: "json" } }),
      "types.a.process.stdin",
      `expected input or none, found "json"`,
    ],
    [
      typed({ process: { command: ["a"], env: ["A=1"] } }),
      "types.a.process.env",
      "expected an object with the names",
    ],
    [
      typed({ process: { command: ["a"], env: { "A-B": "1" } } }),
      "types.a.process.env.A-B",
      "expected a name of letters",
    ],
    [
      typed({ process: { command: ["a"], inputEnv: { "A-B": "width" } } }),
      "types.a.process.inputEnv.A-B",
      "expected a name of letters",
    ],
    [
      typed({ process: { command: ["a"], inputEnv: { WIDTH: "" } } }),
      "types.a.process.inputEnv",
      "expected the name of a field of the input for each variable, found an empty one",
    ],
    [
      typed({ process: { command: ["a"], env: { A: "1" }, inputEnv: { A: "a" } } }),
      "types.a.process.inputEnv.A",
      "expected a variable that env does not have",
    ],
    [
      typed({ process: { command: ["a"], progressFd: 2 } }),
      "types.a.process.progressFd",
      "expected a whole number from 3 to 9, found 2",
    ],
    [
      typed({ process: { command: ["a"], progresFd: 3 } }),
      "types.a.process.progresFd",
      "unknown key, did you mean progressFd?",
    ],
    [
      typed({ process: { command: ["a"], env: { PIN: 1234 } } }),
      "types.a.process.env.PIN",
      `expected a string ${quotes}, found a value of type number`,
    ],
    [
      typed({ run: "./a.ts" }),
      "types.a.run",
      `expected a function, which only a .ts or .js file can have, found "./a.ts"`,
    ],
    [typed({ function: 5 }), "types.a.function", "expected a string"],
    [typed({ ...aProcess, thread: "./a.ts" }), "types.a", "found process and thread"],
    [
      typed({ thread: 5 }),
      "types.a.thread",
      "expected the path of a module, or an object with module, pool, memory, found 5",
    ],
    [typed({ thread: "./a.ts" }), "types.a.thread", "no such file: /"],
    [typed({ thread: { module: "." } }), "types.a.thread", "no such file: /"],
    [typed({ thread: {} }), "types.a.thread.module", "required, and missing"],
    [typed({ thread: { modul: "./a.ts" } }), "types.a.thread.modul", "unknown key, did you mean module?"],
    [
      typed({ thread: { module: "./a.ts", pool: -1 } }),
      "types.a.thread.pool",
      "expected a whole number from 0 to 1000, found -1",
    ],
    [
      typed({ thread: { module: "./a.ts", memory: 256 } }),
      "types.a.thread.memory",
      "expected a size from 32MB to 64GB, such as 256MB or 2GB, found 256",
    ],
    [typed({ thread: { module: "./a.ts", memory: "31MB" } }), "types.a.thread.memory", `found "31MB"`],
    [typed({ thread: { module: "./a.ts", memory: "1TB" } }), "types.a.thread.memory", `found "1TB"`],
    [
      typed({ ...aProcess, schedule: "5s" }),
      "types.a.schedule",
      `expected an object with interval, cron, timeZone, jitter, overlap, catchUp, found "5s"`,
    ],
    [
      typed({ ...aProcess, schedule: {} }),
      "types.a.schedule",
      "expected either interval or cron, found neither",
    ],
    [
      typed({ ...aProcess, schedule: { interval: "9ms" } }),
      "types.a.schedule.interval",
      "expected a duration of at least 10ms",
    ],
    [
      typed({ ...aProcess, schedule: { interval: "5s", overlap: "queue" } }),
      "types.a.schedule.overlap",
      `expected skip, buffer-one or cancel-running, found "queue"`,
    ],
    [
      typed({ ...aProcess, schedule: { interval: "5s", catchUp: 60 } }),
      "types.a.schedule.catchUp",
      "expected a duration of at least 0s",
    ],
    [typed({ ...aProcess, concurrency: 0 }), "types.a.concurrency", "expected a whole number from 1"],
    [
      typed({ ...aProcess, queue: 5 }),
      "types.a.queue",
      "expected an object with capacity, fullMode, found 5",
    ],
    [
      typed({ ...aProcess, queue: { fullMode: "drop" } }),
      "types.a.queue.fullMode",
      "expected wait, drop-write",
    ],
    [typed({ ...aProcess, onLost: "retry" }), "types.a.onLost", `expected restart or fail, found "retry"`],
    [
      typed({ ...aProcess, schedule: { interval: "5s", cron: "* * * * *" } }),
      "types.a.schedule",
      "expected either interval or cron, found both",
    ],
    [
      typed({ ...aProcess, schedule: { cron: "61 * * * *" } }),
      "types.a.schedule.cron",
      "not a cron expression: Invalid value for minute: 61",
    ],
    [
      typed({ ...aProcess, schedule: { cron: "0 0 30 2 *" } }),
      "types.a.schedule.cron",
      "a cron expression whose time never comes",
    ],
    [
      typed({ ...aProcess, schedule: { cron: "0 2 * * *", timeZone: "Europe/Madird" } }),
      "types.a.schedule.timeZone",
      "not a time zone: Europe/Madird",
    ],
    [
      typed({ ...aProcess, schedule: { interval: "5s", timeZone: "UTC" } }),
      "types.a.schedule.timeZone",
      "belongs to cron",
    ],
    [
      typed({ ...aProcess, schedule: { interval: "5s", jitter: "5s" } }),
      "types.a.schedule.jitter",
      "shorter than the interval",
    ],
    [
      typed({ ...aProcess, stopGrace: "10" }),
      "types.a.stopGrace",
      `expected a duration of at least 0s, ${durations}, found "10"`,
    ],
    [typed({ ...aProcess, retention: "-1s" }), "types.a.retention", `found "-1s"`],
    [typed({ ...aProcess, template: "yes" }), "types.a.template", `expected true or false, found "yes"`],
    [
      typed({ ...aProcess, circuit: {} }),
      "types.a.circuit",
      "unknown key, expected one of process, function, thread, run, schedule, timeout, retry, breaker, fallback, concurrency, queue, onLost, stopGrace, retention, template",
    ],
    [
      typed({ ...aProcess, breaker: 5 }),
      "types.a.breaker",
      "expected an object with failures, halfOpenAfter, found 5",
    ],
    [
      typed({ ...aProcess, breaker: { failures: 0 } }),
      "types.a.breaker.failures",
      "expected a whole number from 1 to 2147483647, found 0",
    ],
    [
      typed({ ...aProcess, breaker: { halfOpenAfter: "0s" } }),
      "types.a.breaker.halfOpenAfter",
      `expected a duration of at least 1ms, ${durations}, found "0s"`,
    ],
    [
      typed({ ...aProcess, breaker: { halfOpen: "5s" } }),
      "types.a.breaker.halfOpen",
      "unknown key, expected one of failures, halfOpenAfter",
    ],
    [
      typed({ ...aProcess, fallback: "b" }),
      "types.a.fallback",
      `expected an object with process, function, thread, run, type, found "b"`,
    ],
    [
      typed({ ...aProcess, fallback: {} }),
      "types.a.fallback",
      "expected exactly one of process, function, thread, run, type, found none",
    ],
    [
      typed({ ...aProcess, fallback: { ...aProcess, type: "a" } }),
      "types.a.fallback",
      "expected exactly one of process, function, thread, run, type, found process and type",
    ],
    [
      typed({ ...aProcess, fallback: { process: { command: [] } } }),
      "types.a.fallback.process.command",
      "expected a program first, found none",
    ],
    [typed({ ...aProcess, fallback: { thread: "./none.ts" } }), "types.a.fallback.thread", "no such file"],
    [
      typed({ ...aProcess, fallback: { function: "./none.ts" } }),
      "types.a.fallback.function",
      "no such file",
    ],
    [typed({ ...aProcess, fallback: { type: "b" } }), "types.a.fallback.type", "no such type: b"],
    [
      typed({ ...aProcess, fallback: { type: "a" } }),
      "types.a.fallback.type",
      "expected another type than this one, found a",
    ],
    [typed({ ...aProcess, retry: {} }), "types.a.retry.maxAttempts", "required, and missing"],
    [
      typed({ ...aProcess, retry: { maxAttempts: 1 } }),
      "types.a.retry.maxAttempts",
      "expected a whole number from 2 to 1000, found 1",
    ],
    [
      typed({ ...aProcess, retry: { maxAttempts: 2, multiplier: 0.5 } }),
      "types.a.retry.multiplier",
      "expected a number from 1 to 10, found 0.5",
    ],
    [
      typed({ ...aProcess, retry: { maxAttempts: 2, jitter: 20 } }),
      "types.a.retry.jitter",
      "expected a number from 0 to 1, found 20",
    ],
    [typed({ ...aProcess, timeout: "0s" }), "types.a.timeout", "expected a duration of at least 1ms"],
    [typed({ ...aProcess, retension: "1h" }), "types.a.retension", "unknown key, did you mean retention?"],
    [typed("du -sk"), "types.a", `expected an object with process, function, thread, run`],
    [
      { types: { "a b": aProcess } },
      `types["a b"]`,
      "expected a name of at most 128 letters, digits and ._:@-",
    ],
    [{ types: { "-a": aProcess } }, "types.-a", "expected a name"],
    [{ types: { "": aProcess } }, `types[""]`, "expected a name"],
    [{ types: { ["a".repeat(129)]: aProcess } }, `types.${"a".repeat(129)}`, "expected a name"],
    [{ types: { "a.b": {} } }, `types["a.b"]`, "expected exactly one of"],
    [{ types: { "a.b": { stopGrace: 1 } } }, `types["a.b"].stopGrace`, "found 1"],
  ];
  for (const [config, field, problem] of cases) {
    it(`names it: ${field?.slice(0, 40) ?? "the whole"}: ${problem.slice(0, 60)}`, async () => {
      const text = `export default ${source(config)};`;
      const error = await refusal("jobcontrol.config.mjs", text);
      expect(error.field).toBe(field);
      expect(error.message).toContain(problem);
    });
  }

  it("is found in YAML and JSON by the same words", async () => {
    for (const [name, text] of [
      ["jobcontrol.config.yaml", "channel:\n  capacity: ten\n"],
      ["jobcontrol.config.json", `{"channel": {"capacity": "ten"}}`],
    ] as const) {
      const error = await refusal(name, text);
      expect(error.message).toMatch(
        /^Invalid configuration in \/.*\/jobcontrol\.config\.(yaml:2:3|json:1:14): channel\.capacity: expected a whole number from 0 to 100000, found "ten"$/,
      );
    }
  });

  function typed(type: unknown): unknown {
    return { types: { a: type } };
  }

  /** Like JSON, but also for what JSON has not. */
  function source(config: unknown): string {
    return JSON.stringify(config, (_key, input: unknown) => (input === Infinity ? "∞" : input)).replace(
      `"∞"`,
      "Infinity",
    );
  }
});

describe("loadConfiguration(): a file that cannot be read", () => {
  const cases: [name: string, text: string, problem: string | RegExp][] = [
    ["c.yaml", "", "expected an object, found an empty file"],
    ["c.yaml", " \n", "expected an object, found an empty file"],
    ["c.yaml", "# nothing\n", "found nothing"],
    ["c.yaml", "# a list\n- a\n", /c\.yaml:2:1: expected an object .*, found a list/],
    ["c.yaml", "a: [1\nb: 2", /c\.yaml:2:1: .*Flow sequence/],
    ["c.yaml", "log: json\nlog: pretty", "c.yaml:2:1: log: is there already, at line 1"],
    ["c.yaml", "log: json\n---\nlog: json", "c.yaml:2:1: expected one document, found a second one"],
    ["c.yaml", "log json\ntypes: {}", "c.yaml:1:1: expected a key with a colon and a space after it"],
    ["c.yaml", "store: memory:", /c\.yaml:1:8: .* belongs in quotes/],
    ["c.yaml", "listen: [::1]:1", /c\.yaml:1:14: .* belongs in quotes/],
    ["c.yaml", "log: json\nstore: 'memory:\ntypes: {}\n", /c\.yaml:2:8: Missing closing 'quote/],
    ["c.yaml", "log: json\n? [types]\n: {}", "c.yaml:2:3: expected a name as the key"],
    [
      "c.yaml",
      "types: !!set { a, b }",
      "c.yaml:1:1: types: expected an object with the names of job types, found an instance of Set",
    ],
    ["c.yaml", "log: !!js/function 'x'", /c\.yaml:1:6: Unresolved tag/],
    ["c.yaml", "log: json\ntypes: *nowhere", "c.yaml:2:8: no such anchor above: nowhere"],
    ["c.yaml", bomb(), "expected at most 10000 aliases"],
    ["c.yaml", "log: json\ntypes: { <<: *nowhere }", /c\.yaml:2:14: no such anchor above: nowhere$/],
    [
      "c.yaml",
      "types: { <<: 3 }",
      'c.yaml:1:10: types["<<"]: expected an object to take fields from, or a list',
    ],
    ["c.yaml", "types: { <<: [{}, []] }", "expected an object to take fields from, or a list of such"],
    ["c.yaml", "types: &t { a: { <<: *t } }", "expected another object than the one that it is in"],
    ["c.yaml", "types:\n  <<: {}\n  <<: {}", 'c.yaml:3:3: types["<<"]: is there already, at line 2'],
    ["c.yaml", 'types: {}\n"<<": {}', '["<<"]: unknown key'],
    ["c.yaml", mergeBomb(), "expected at most 10000 aliases"],
    ["c.yaml", manyMerges(), "expected at most 100000 fields that << takes over, found more"],
    ["c.yaml", "__proto__: { log: json }", "__proto__: unknown key"],
    ["c.yaml", "types: &a { x: *a }", "types.x"],
    ["c.yaml", "[".repeat(5_000), "expected fewer levels, one in another"],
    ["c.yaml", `# ${"x".repeat(1024 * 1024)}`, "expected at most 1048576 characters"],
    ["c.json", "", "found an empty file"],
    ["c.json", `{"log": "json",}`, 'c.json:1:15: expected }, found ","'],
    ["c.json", `{"log": "json",\n  "log": "pretty"}`, /c\.json:2:3: log: is there already, at line 1$/],
    [
      "c.json",
      `{"types": {"a": {}, "b": [{"a": {}, "\\u0061": {}}]}}`,
      /c\.json:1:37: types\.b\[0\]\.a: is there already, at line 1$/,
    ],
    ["c.json", `{"types": {"types": {"log": "log", "rate": ["a", "a"]}}}`, "types.types.log: unknown key"],
    ["c.json", `{"__proto__": {"log": "json"}}`, "__proto__: unknown key"],
    ["c.json", `{"types": {"__proto__": {}}}`, "types.__proto__: expected a name"],
    ["c.mjs", "export default () => ({});", "found a function"],
    ["c.mjs", "export default new Map();", "found an instance of Map"],
    ["c.mjs", "export default Promise.reject(new Error('not today'));", "cannot import it: not today"],
    ["c.mjs", "export const settings = {};", "expected a default export, found settings"],
    ["c.mjs", "", "expected a default export, found nothing"],
    ["c.mjs", "throw new Error('not\\ntoday')", "cannot import it: not today"],
    ["c.mjs", "throw undefined", "cannot import it"],
    ["c.ts", "export default {", "cannot import it"],
    ["c.toml", "log = 1", "expected a file that ends in .ts, .mts, .js, .mjs, .yaml, .yml or .json"],
  ];
  for (const [index, [name, text, problem]] of cases.entries()) {
    it(`says so for case ${index}: ${name}: ${String(problem).slice(0, 60)}`, async () => {
      const error = await refusal(name, text);
      expect(error.file).toMatch(new RegExp(`/${name}$`));
      expect(error.message).toMatch(problem);
      expect(error.message.split("\n").length).toBe(linesFor(error.problems.length));
    });
  }

  /** Whatever a file says, a problem is told on one line, and not too many of them. */
  function linesFor(problems: number): number {
    return problems === 1 ? 1 : 1 + Math.min(problems, 31);
  }

  it("says so, with the line, for bytes that are no text", async () => {
    for (const encoding of ["latin1", "utf16le"] as const) {
      await using folder = await TemporaryFolder.create();
      const bytes = Buffer.from(
        "\uFEFFlog: json\ntypes: { a: { process: { command: [caf\u00e9] } } }",
        encoding,
      );
      await writeFile(join(folder.path, "c.yaml"), encoding === "latin1" ? bytes.subarray(1) : bytes);
      const error = await errorOf(folder, "c.yaml");
      const place = encoding === "latin1" ? "2:39" : "1:1";
      expect(error.message).toMatch(new RegExp(`c\\.yaml:${place}: expected UTF-8`));
    }
  });

  it("is content with as many uses of one anchor as there are types", async () => {
    const types = Array.from({ length: 500 }, (_, index) => `  t${index}: *type`);
    await using folder = await TemporaryFolder.with({
      "c.yaml": `types:\n  type: &type { process: { command: [ls] } }\n${types.join("\n")}\n`,
    });
    const loading = loadConfiguration({ file: "c.yaml", cwd: folder.path, env: {}, flags: {} });
    expect((await loading).types).toHaveLength(501);
  });

  it("says so for a folder", async () => {
    await using folder = await TemporaryFolder.with({ "c.yaml/x": "" });
    const loading = loadConfiguration({ file: "c.yaml", cwd: folder.path, env: {}, flags: {} });
    await expect(loading).rejects.toThrow(/c\.yaml: cannot read it: .*EISDIR/);
  });

  /** Small, and each object takes over the one before twice. */
  function mergeBomb(): string {
    const doubled = Array.from(
      { length: 40 },
      (_, at) => `a${at + 1}: &a${at + 1} { <<: [*a${at}, *a${at}] }`,
    );
    return ["a0: &a0 { x: 1 }", ...doubled].join("\n");
  }

  /** Each object takes over all those before it. */
  function manyMerges(): string {
    const first = "k0: &k0 { x0: 1 }";
    const others = Array.from(
      { length: 3000 },
      (_, at) => `k${at + 1}: &k${at + 1} { <<: *k${at}, x${at + 1}: 1 }`,
    );
    return [first, ...others].join("\n");
  }

  /** Nine lists of nine lists of … */
  function bomb(): string {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 9; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(9)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    return lines.join("\n");
  }
});

describe("loadConfiguration(): a function that cannot be imported", () => {
  const cases: [name: string, text: string, problem: string][] = [
    ["none.mjs", "export const run = () => {}", "no such file: /"],
    ["job.mjs", "throw new TypeError('no key')", "cannot import it: TypeError: no key"],
    [
      "job.mjs",
      "export default () => {}",
      "expected a module that exports run(ctx), found one that exports default",
    ],
    ["job.mjs", "export const run = 5", "found one that exports run"],
    ["job.mjs", "", "found one that exports nothing"],
  ];
  for (const [name, text, problem] of cases) {
    it(`names its field: ${problem}`, async () => {
      await using folder = await TemporaryFolder.with({
        "c.yaml": `types: { a: { function: ./jobs/${name} } }`,
        "jobs/job.mjs": text,
      });
      const error = await errorOf(folder, "c.yaml");
      expect(error.field).toBe("types.a.function");
      expect(error.message).toContain(problem);
    });
  }
});

async function refusal(name: string, text: string): Promise<ConfigurationError> {
  await using folder = await TemporaryFolder.with({ [name]: text });
  return await errorOf(folder, name);
}

async function errorOf(folder: TemporaryFolder, file: string): Promise<ConfigurationError> {
  const loading = loadConfiguration({ file, cwd: folder.path, env: {}, flags: {} });
  const error = await loading.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigurationError);
  expect(error).toMatchObject({ file: join(folder.path, file) });
  return error as ConfigurationError;
}
