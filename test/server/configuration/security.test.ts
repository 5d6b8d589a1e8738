import { createHash } from "node:crypto";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Config } from "../../../src/server/configuration/define-config.ts";
import {
  checkedConfiguration,
  loadConfiguration,
} from "../../../src/server/configuration/load-configuration.ts";
import { Certificates } from "../../certificates.ts";

const token = "a-token-that-is-long-enough";
const sha256 = createHash("sha256").update(token).digest("hex");
const aToken = { name: "ci", role: "operate", sha256 } as const;

const certificates = await Certificates.create();
const server = certificates.signed("server", "DNS:localhost");
const other = certificates.signed("other", "DNS:localhost");
const tls = { cert: server.certFile, key: server.keyFile };
const folder = join(server.certFile, "..");

afterAll(() => certificates[Symbol.asyncDispose]());

function checked(config: Config | Record<string, unknown>, env: Record<string, string> = {}) {
  return checkedConfiguration(config, { folder, env });
}

async function problem(
  config: Config | Record<string, unknown>,
  env?: Record<string, string>,
): Promise<string> {
  return checked(config, env).then(
    () => expect.fail("It was not refused"),
    (error) => error.message,
  );
}

describe("tls", () => {
  it("takes its files from the configuration's folder, and TLS 1.2", async () => {
    const { tls } = await checked({ tls: { cert: "server.pem", key: "./server.key" } });
    expect(tls).toEqual({
      cert: server.certFile,
      key: server.keyFile,
      clientCa: undefined,
      isClientCertRequired: false,
      minVersion: "TLSv1.2",
    });
  });

  it.each(["1.3", 1.3])("takes the version %j", async (minVersion) => {
    expect(await checked({ tls: { ...tls, minVersion } })).toMatchObject({ tls: { minVersion: "TLSv1.3" } });
  });

  it.each([
    [
      "on",
      `tls: expected terminated, or an object with cert, key, clientCa, clientCert, minVersion, found "on"`,
    ],
    [{ cert: "a" }, "tls.key: required, and missing"],
    [{ cert: "a", kye: "b" }, "tls.kye: unknown key, did you mean key?"],
    [{ ...tls, minVersion: "1.1" }, `tls.minVersion: expected 1.2 or 1.3, found "1.1"`],
    [{ ...tls, clientCert: "required" }, "tls.clientCert: needs clientCa"],
    [{ ...tls, cert: "nowhere.pem" }, `tls.cert: ${join(folder, "nowhere.pem")}: cannot read it: ENOENT`],
    [{ ...tls, cert: folder }, `tls.cert: ${folder}: cannot read it: EISDIR`],
    [
      { ...tls, cert: server.keyFile },
      `tls.cert: ${server.keyFile}: expected a certificate in PEM, found none`,
    ],
    [{ ...tls, key: server.certFile }, `tls.key: ${server.certFile}: expected a private key in PEM`],
    [
      { ...tls, key: other.keyFile },
      `tls.key: ${other.keyFile}: expected the key of the certificate in tls.cert`,
    ],
    [{ ...tls, clientCa: server.keyFile }, `tls.clientCa: ${server.keyFile}: expected a certificate in PEM`],
  ])("%j is wrong", async (tls, expected) => {
    expect(await problem({ tls })).toContain(expected);
  });

  it("says which certificate of a file is broken", async () => {
    const broken = certificates.file("broken.pem", `${server.cert}\n${server.cert.replace(/M/, "!")}`);
    expect(await problem({ tls: { ...tls, cert: broken } })).toContain("certificate 2 cannot be read");
  });

  it("wants a key without a passphrase, and says so", async () => {
    const text = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n";
    const key = certificates.file("locked.key", text);
    expect(await problem({ tls: { ...tls, key } })).toContain("without a passphrase, found an encrypted one");
  });
});

describe("auth", () => {
  it("keeps of a token its hash, wherever it comes from", async () => {
    certificates.file("token", `${token}-of-file\n`);
    const tokens = [
      aToken,
      { name: "by-file", role: "read", file: "token" },
      { name: "by-env", role: "admin", env: "OPS" },
    ];
    const { auth } = await checked({ auth: { tokens } }, { OPS: `${token}-of-ops` });
    expect(auth?.tokens).toEqual([
      { name: "ci", role: "operate", sha256: [sha256] },
      { name: "by-file", role: "read", file: join(folder, "token") },
      {
        name: "by-env",
        role: "admin",
        sha256: [createHash("sha256").update(`${token}-of-ops`).digest("hex")],
      },
    ]);
    expect(JSON.stringify(auth)).not.toContain(token);
  });

  it.each([
    [{}, "auth: expected tokens or certificates, found neither"],
    [{ tokens: [] }, "auth: expected tokens or certificates, found neither"],
    [{ tokens: {} }, "auth.tokens: expected a list of tokens, found an object"],
    [
      { tokens: [{ name: "a", role: "read" }] },
      "auth.tokens[0]: expected exactly one of sha256, file, env, found none",
    ],
    [
      { tokens: [{ ...aToken, env: "A" }] },
      "auth.tokens[0]: expected exactly one of sha256, file, env, found sha256 and env",
    ],
    [
      { tokens: [{ ...aToken, role: "root" }] },
      `auth.tokens[0].role: expected metrics, read, operate or admin`,
    ],
    [{ tokens: [{ ...aToken, name: "a b" }] }, "auth.tokens[0].name: expected a name"],
    [
      { tokens: [{ name: "a", role: "read", env: "NOT_SET" }] },
      "auth.tokens[0].env: expected a variable that is set",
    ],
    [{ tokens: [{ name: "a", role: "read", file: "nowhere" }] }, "auth.tokens[0].file: "],
    [
      { tokens: [aToken, { ...aToken, name: "b" }] },
      "auth.tokens[1]: has a token that auth.tokens[0] has too",
    ],
    [
      { certificates: [{ name: "a", role: "read", match: "CN=a" }] },
      "auth.certificates: needs tls.clientCa, by which they are verified",
    ],
    [
      { certificates: [{ name: "a", role: "read", match: "a" }] },
      "auth.certificates[0].match: expected a name that certificates have",
    ],
  ])("%j is wrong", async (auth, expected) => {
    expect(await problem({ auth })).toContain(expected);
  });

  it.each([
    ["in the place of its hash", { sha256: token }],
    ["under a key of its own", { token }],
    ["as a variable", { env: `${token}!` }],
  ])("shows no token that stands where none may: %s", async (_, over) => {
    const { sha256: _sha256, ...rest } = aToken;
    const said = await problem({ auth: { tokens: [{ ...rest, ...over }] } });
    expect(said).toContain("auth.tokens[0]");
    expect(said).not.toContain(token);
  });
});

describe("listen beyond loopback", () => {
  const auth = { tokens: [aToken] };

  it.each([
    [{}, "without tls and auth"],
    [{ auth }, "without tls"],
    [{ tls: "terminated" }, "without auth"],
    [{ tls }, "without auth"],
    [{ admission: { perSecond: 1 } }, "without tls and auth"],
  ])("is refused with %j", async (config, without) => {
    for (const listen of ["0.0.0.0:1", "[::]:1", "10.0.0.1:1", "jobs.example.com:1"]) {
      const said = await problem({ ...config, listen });
      expect(said).toContain(
        "listen: expected a loopback address (127.0.0.0/8, [::1] or localhost), or tls and auth",
      );
      expect(said.endsWith(without), said).toBe(true);
    }
  });

  it.each([
    { tls, auth },
    { tls: "terminated", auth },
  ])("may be with %j", async (config) => {
    expect(await checked({ ...config, listen: "0.0.0.0:1" })).toMatchObject({ listen: { host: "0.0.0.0" } });
  });

  it("is refused also where a flag or a variable says it, by their names", async () => {
    const file = certificates.file("plain.yaml", "types: {}\n");
    const sources = { file, cwd: folder, env: {}, flags: {} };
    const flags = { listen: "0.0.0.0:1" };
    await expect(loadConfiguration({ ...sources, flags })).rejects.toMatchObject({
      message: expect.stringMatching(/^Invalid configuration: --listen: expected a loopback address/),
    });
    const env = { JOBCONTROL_LISTEN: "0.0.0.0:1" };
    await expect(loadConfiguration({ ...sources, env })).rejects.toMatchObject({
      message: expect.stringMatching(
        /^Invalid configuration: JOBCONTROL_LISTEN: expected a loopback address/,
      ),
    });
  });
});

describe("admission", () => {
  it("has a burst of its rate, rounded up, unless one is given", async () => {
    const burstOf = async (admission: object) => (await checked({ admission })).admission;
    expect(await burstOf({ perSecond: 0.5 })).toEqual({ perSecond: 0.5, burst: 1 });
    expect(await burstOf({ perSecond: 5, burst: 50 })).toEqual({ perSecond: 5, burst: 50 });
    expect(await problem({ admission: {} })).toContain("admission.perSecond: required, and missing");
    expect(await problem({ admission: { perSecond: 0 } })).toContain("expected a number above 0, found 0");
  });
});
