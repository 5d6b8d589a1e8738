import { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { contextsPath, readContexts, writeContexts } from "../../src/cli/server/contexts-file.ts";
import { type ServerOptions, serverOf } from "../../src/cli/server/server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { runHere } from "./jobctl-here.ts";
import { killAll, run, serve } from "./jobctl-process.ts";

let folder: TemporaryFolder;
let home: string;
let tests = 0;

beforeAll(async () => {
  folder = await TemporaryFolder.create();
});

beforeEach(() => {
  home = join(folder.path, String(tests++));
  mkdirSync(home);
});

afterAll(async () => {
  await killAll();
  await folder[Symbol.asyncDispose]();
});

function file(): string {
  return contextsPath({ XDG_CONFIG_HOME: home });
}

/** A file that somebody has written by hand. */
function written(text: string, mode = 0o600): string {
  mkdirSync(dirname(file()), { recursive: true });
  writeFileSync(file(), text, { mode });
  return file();
}

describe("The file of contexts", () => {
  it("lies under XDG_CONFIG_HOME, and where that is not absolute in .config", () => {
    expect(file()).toBe(join(home, "jobcontrol", "contexts.json"));
    expect(contextsPath({ XDG_CONFIG_HOME: "here" })).toMatch(/^\/.*\/\.config\/jobcontrol\/contexts\.json$/);
  });

  it("is for its owner alone, and so is its folder", () => {
    const contexts = { current: "a", contexts: new Map([["a", { address: "127.0.0.1:1" }]]) };
    writeContexts(contexts, file());
    expect(statSync(file()).mode & 0o777).toBe(0o600);
    expect(statSync(dirname(file())).mode & 0o777).toBe(0o700);
    expect(readContexts(file())).toEqual(contexts);
  });

  it("is not used where others may read it", () => {
    const path = written("{}");
    for (const mode of [0o640, 0o604, 0o660]) {
      chmodSync(path, mode);
      expect(() => readContexts(path)).toThrow(
        `Others may read ${path}: close it to them with chmod 600 ${path}`,
      );
    }
    chmodSync(path, 0o400);
    expect(readContexts(path).contexts.size).toBe(0);
  });

  it("stays a link where it is one", () => {
    const elsewhere = join(home, "dotfiles.json");
    writeFileSync(elsewhere, "{}", { mode: 0o600 });
    mkdirSync(dirname(file()));
    symlinkSync(elsewhere, file());
    writeContexts({ contexts: new Map([["a", { address: "127.0.0.1:1" }]]) }, file());
    expect(JSON.parse(readFileSync(elsewhere, "utf8"))).toEqual({
      contexts: { a: { address: "127.0.0.1:1" } },
    });
  });

  it.each([
    ["is no JSON", "{", "is not JSON"],
    ["has another form", "[]", "is not an object"],
    ["has a context that is none", '{"contexts": {"a": 1}}', "contexts.a is not an object"],
    ["has no address", '{"contexts": {"a": {}}}', "contexts.a.address is not of the form host:port"],
    [
      "has TLS of another form",
      '{"contexts": {"a": {"address": "h:1", "tls": 1}}}',
      "contexts.a.tls is not an object",
    ],
    [
      "has a token of another form",
      '{"contexts": {"a": {"address": "h:1", "token": 1}}}',
      "contexts.a.token is not a text",
    ],
    // Else a later version's wish would be passed over, and the server called without it.
    [
      "asks for what is not known",
      '{"contexts": {"a": {"address": "h:1", "tls": {"pin": "x"}}}}',
      "contexts.a.tls.pin is not known",
    ],
  ])("is refused where it %s", (_name, text, told) => {
    const path = written(text);
    expect(() => readContexts(path)).toThrow(`${path}`);
    expect(() => readContexts(path)).toThrow(told);
  });
});

describe("The server that is called", () => {
  const contexts =
    '{"current": "used", "contexts": {"used": {"address": "h:1"}, "named": {"address": "h:2"}}}';

  function server(options: ServerOptions, env: Record<string, string> = {}) {
    return serverOf(options, { XDG_CONFIG_HOME: home, ...env });
  }

  async function called(options: ServerOptions, env: Record<string, string>) {
    return (await server(options, env)).address;
  }

  it("is the one of the flag, of the variable, or of the context in use, in this order", async () => {
    written(contexts);
    const env = { JOBCONTROL_ADDRESS: "h:4", JOBCONTROL_CONTEXT: "named" };
    expect(await called({ address: "h:3", context: "used" }, env)).toBe("h:3");
    expect(await called({ context: "used" }, env)).toBe("h:1");
    expect(await called({}, env)).toBe("h:4");
    expect(await called({}, { JOBCONTROL_ADDRESS: "", JOBCONTROL_CONTEXT: "named" })).toBe("h:2");
    expect(await called({}, {})).toBe("h:1");
    expect(await called({ context: "default" }, {})).toBe("127.0.0.1:50051");
  });

  it("is that of this machine where no context is in use, or there is no file", async () => {
    expect(await called({}, {})).toBe("127.0.0.1:50051");
    written('{"contexts": {"used": {"address": "h:1"}}}');
    expect(await called({}, {})).toBe("127.0.0.1:50051");
  });

  it.each([
    ["https://jobs.example.com", { address: "jobs.example.com:443", tls: {} }],
    ["https://jobs.example.com:50051/", { address: "jobs.example.com:50051", tls: {} }],
    ["http://[::1]:50051/", { address: "[::1]:50051" }],
  ])("may be named as a browser does: %s", async (address, expected) => {
    expect(await server({ address })).toEqual(expected);
    expect(await server({}, { JOBCONTROL_ADDRESS: address })).toEqual(expected);
  });

  it.each(["https://jobs.example.com/path", "https://a@b", "ftp://h:1", "https://h:1?x"])(
    "is not named so: %s",
    async (address) => {
      await expect(server({ address })).rejects.toThrow(`Not an address of the form host:port: ${address}`);
    },
  );

  it("is called with what its context says, or its variable, and flags go on top", async () => {
    written(
      '{"current": "used", "contexts": {"used": {"address": "h:1", "tls": {"ca": "/ca"}, "token": "t"}, "bare": {"address": "h:2"}}}',
    );
    const env = { JOBCONTROL_TOKEN: "of-variable" };
    const used = { address: "h:1", tls: { ca: "/ca" }, token: "t", context: "used" };
    expect(await server({}, env)).toEqual(used);
    // A token is for one server: another is not told it.
    expect(await server({ context: "bare" }, env)).toEqual({ address: "h:2", context: "bare" });
    expect(await server({ address: "h:3" })).toEqual({ address: "h:3" });
    expect(await server({ address: "h:3", context: "used" }, env)).toEqual({
      address: "h:3",
      token: "of-variable",
    });
    const tokenFile = join(home, "token");
    writeFileSync(tokenFile, "of-file\n");
    const files = { tlsCert: "/cert", tlsKey: "/key", tlsName: "name" };
    expect(await server({ ...files, tokenFile }, env)).toEqual({
      ...used,
      tls: { ca: "/ca", cert: "/cert", key: "/key", serverName: "name" },
      token: "of-file",
    });
    expect(await server({ context: "default", tls: true }, env)).toEqual({
      address: "127.0.0.1:50051",
      tls: {},
      token: "of-variable",
    });
  });

  it("is refused where half of a certificate is given, or no token is in its file", async () => {
    await expect(server({ tlsCert: "/cert" })).rejects.toThrow("--tls-cert and --tls-key go together");
    const tokenFile = join(home, "token");
    await expect(server({ tokenFile })).rejects.toThrow("--token-file cannot be read: ENOENT");
    writeFileSync(tokenFile, "\n");
    await expect(server({ tokenFile })).rejects.toThrow(`--token-file is empty: ${tokenFile}`);
  });

  it("needs no file where an address says it", async () => {
    written("broken", 0o644);
    expect(await called({ address: "h:3" }, {})).toBe("h:3");
    await expect(called({}, {})).rejects.toThrow("Others may read");
  });

  it("is refused where there is no context of that name", async () => {
    written(contexts);
    for (const context of ["nope", "constructor", "__proto__"]) {
      await expect(called({ context }, {})).rejects.toThrow(
        `No such context: ${context} (there are: default, used, named)`,
      );
    }
  });
});

describe("jobctl context", () => {
  let address: string;

  beforeAll(async () => {
    ({ address } = await serve());
  });

  it("gives servers names, and every verb finds them", async () => {
    const env = { XDG_CONFIG_HOME: home, JOBCONTROL_ADDRESS: "" };
    const context = (...args: readonly string[]) => runHere(["context", ...args], { env });
    expect(await context("set", "here", "--address", address)).toMatchObject({
      code: 0,
      stdout: `here is ${address}: ask it with --context here, or always after jobctl context use here\n`,
    });
    expect(await runHere(["status", "sum", "--context", "here"], { env })).toMatchObject({ code: 0 });
    await context("use", "here");
    expect(JSON.parse((await context("list", "--json")).stdout)).toEqual({
      file: file(),
      contexts: [
        { name: "default", current: false, address: "127.0.0.1:50051", tls: false, token: false },
        { name: "here", current: true, address, tls: false, token: false },
      ],
    });
    expect(await runHere(["status", "sum"], { env })).toMatchObject({ code: 0 });
    expect((await context("remove", "here")).stdout).toBe(
      "Removed: here; asked from now on: default, 127.0.0.1:50051\n",
    );
    expect((await context("list")).stdout).toBe("* default  127.0.0.1:50051\n");
  });

  it("keeps a token and never shows it; another address begins anew", async () => {
    const env = { XDG_CONFIG_HOME: home };
    const set = (args: readonly string[], input = "") =>
      run(["context", "set", "a", ...args], { env, input });
    expect((await set(["--address", "127.0.0.1:1", "--token-file", "-"], "s3cret\n")).stdout).toBe(
      "a is 127.0.0.1:1, token: ask it with --context a, or always after jobctl context use a\n",
    );
    expect((await set(["--tls", "--use"])).stdout).toBe("a is 127.0.0.1:1, TLS, token: asked from now on\n");
    const token = { address: "127.0.0.1:1", tls: {}, token: "s3cret" };
    expect(readContexts(file()).contexts.get("a")).toEqual(token);
    const { stdout } = await runHere(["context", "list", "--json"], { env });
    expect(stdout).not.toContain("s3cret");
    expect(JSON.parse(stdout).contexts[1]).toMatchObject({ name: "a", tls: {}, token: true });
    await set(["--address", "127.0.0.1:2"]);
    expect(readContexts(file()).contexts.get("a")).toEqual({ address: "127.0.0.1:2" });
  });

  it("names the context of a server that cannot be reached", async () => {
    const env = { XDG_CONFIG_HOME: home, JOBCONTROL_ADDRESS: "" };
    await runHere(["context", "set", "gone", "--address", "127.0.0.1:1", "--use"], { env });
    expect(await runHere(["list"], { env })).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("Cannot reach the service at 127.0.0.1:1 (context gone)"),
    });
  });

  it.each([
    ["a name that is always there", ["set", "default", "--address", "h:1"], "take another name"],
    ["a name that is none", ["set", "a b", "--address", "h:1"], "Not a name"],
    ["an address that is none", ["set", "a", "--address", "h"], "host:port"],
    ["a new name without an address", ["set", "a", "--tls"], "--address says where a is"],
    ["a file that is not there", ["set", "a", "--address", "h:1", "--tls-ca", "/nowhere.pem"], "ENOENT"],
    [
      "a file without a certificate",
      ["set", "a", "--address", "h:1", "--tls-ca", "package.json"],
      "no certificate in PEM",
    ],
    [
      "a token for the network in plain text",
      ["set", "a", "--address", "h:1", "--token-file", "LICENSE"],
      "Token",
    ],
    ["the use of what there is not", ["use", "nope"], "No such context: nope"],
    ["to remove what is always there", ["remove", "default"], "cannot be removed"],
  ])("refuses %s, with 2, and writes nothing", async (_name, args, told) => {
    const ended = await runHere(["context", ...args], { env: { XDG_CONFIG_HOME: home } });
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(told) });
    expect(readContexts(file()).contexts.size).toBe(0);
  });
});
