import { chmodSync, rmSync, writeFileSync } from "node:fs";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { DeclaredIdentity } from "../../../src/rpc/identities.ts";
import type { TokenConfiguration } from "../../../src/server/configuration/configuration.ts";
import type { SecretsSource } from "../../../src/server/secrets/read-secrets.ts";
import { type Renewal, SecretKeeper } from "../../../src/server/secrets/secret-keeper.ts";
import type { TlsMaterial } from "../../../src/server/secrets/tls-material.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { Certificates } from "../../certificates.ts";
import { patience } from "../../patience.ts";

let stack = new AsyncDisposableStack();
afterEach(async () => {
  await stack.disposeAsync();
  stack = new AsyncDisposableStack();
});

/** A keeper of a certificate, its key and a token, and what it told. */
async function setup({ hasOther = false } = {}) {
  const certificates = stack.use(await Certificates.create());
  const { certFile: cert, keyFile: key } = certificates.signed("server", "DNS:localhost");
  const file = certificates.file("token", "the-first-of-the-tokens");
  chmodSync(file, 0o600);
  const tokens: TokenConfiguration[] = [{ name: "ci", role: "read", file }];
  const other = certificates.file("other", "the-token-of-somebody-else");
  if (hasOther) tokens.push({ name: "other", role: "read", file: other });
  const source: SecretsSource = {
    file: undefined,
    tls: { cert, key, isClientCertRequired: false, minVersion: "TLSv1.2" },
    auth: { tokens, certificates: [] },
  };
  const clock = new FakeClock();
  const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
  const materials: TlsMaterial[] = [];
  const identities: (readonly DeclaredIdentity[])[] = [];
  const keeper = stack.use(
    new SecretKeeper(source, {
      clock,
      log,
      onTls: (material) => materials.push(material),
      onIdentities: (declared) => identities.push(declared),
    }),
  );
  /** As long as it takes until it has looked again. */
  const look = async () => {
    await clock.advance(10_000);
    await vi.waitFor(() => expect(clock.pendingTimers).toBe(1), patience);
  };
  return { certificates, cert, key, file, other, clock, log, materials, identities, keeper, look };
}

function tells(tokens: readonly TokenConfiguration[]): Renewal {
  return async () => ({ tokens, certificates: [] });
}

describe("SecretKeeper", () => {
  it("reads at the start, and anew when a file has changed", async () => {
    const { keeper, identities, look, file, log } = await setup();
    await keeper.start();
    expect(identities).toMatchObject([[{ name: "ci", role: "read" }]]);
    await look();
    expect(identities).toHaveLength(1);
    writeFileSync(file, "the-first-of-the-tokens\nanother-one-of-the-tokens\n");
    await look();
    expect(identities[1]).toHaveLength(2);
    expect(log.info).toHaveBeenCalledWith({}, "Tokens were read anew");
  });

  it("takes others on, and looks after their files from then on", async () => {
    const { keeper, identities, look, file, other } = await setup();
    await keeper.start();
    const sha256 = ["0".repeat(64)];
    await keeper.reload(tells([{ name: "fixed", role: "admin", sha256 }]));
    expect(identities.at(-1)).toMatchObject([{ name: "fixed", role: "admin" }]);
    const tokens: TokenConfiguration[] = [{ name: "other", role: "read", file: other }];
    await keeper.reload(tells(tokens));
    expect(identities.at(-1)).toMatchObject([{ name: "other" }]);
    const count = identities.length;
    writeFileSync(file, "the-second-of-the-tokens");
    await look();
    expect(identities).toHaveLength(count);
    writeFileSync(other, "one-of-the-tokens-here\nanother-of-the-tokens\n");
    await look();
    expect(identities.at(-1)).toHaveLength(2);
  });

  it("asks who may call one time after the other, so that the last answer counts", async () => {
    const { keeper, identities, other, file } = await setup();
    await keeper.start();
    const asked = Promise.withResolvers<void>();
    const slow = Promise.withResolvers<void>();
    const first = keeper.reload(async () => {
      asked.resolve();
      await slow.promise;
      return tells([{ name: "earlier", role: "admin", file }])();
    });
    await asked.promise;
    const passedOver = vi.fn(tells([]));
    const later = [passedOver, tells([{ name: "later", role: "read", file: other }])].map((renewal) =>
      keeper.reload(renewal),
    );
    slow.resolve();
    await Promise.all([first, ...later]);
    expect(identities.at(-1)).toMatchObject([{ name: "later" }]);
    expect(passedOver).not.toHaveBeenCalled();
  });

  it("goes on to look after the files of before where others cannot be used", async () => {
    const { keeper, identities, look, file, log } = await setup();
    await keeper.start();
    const next: TokenConfiguration = { name: "next", role: "read", file: `${file}-not-there` };
    await keeper.reload(tells([next]));
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { because: expect.stringContaining(`auth.tokens[0].file: ${next.file}: cannot read it`) },
      "The configuration stays as it was",
    );
    expect(identities.at(-1)).toMatchObject([{ name: "ci" }]);
    writeFileSync(file, "# nobody any more\n");
    await look();
    expect(identities.at(-1)).toEqual([]);
  });

  it("forgets what a file held that is not named any more, also where it is named again", async () => {
    const { keeper, identities, file } = await setup();
    await keeper.start();
    const own: TokenConfiguration = { name: "ci", role: "read", file };
    const fixed: TokenConfiguration = { name: "fixed", role: "read", sha256: ["0".repeat(64)] };
    await keeper.reload(tells([fixed]));
    rmSync(file);
    await keeper.reload(tells([fixed, own]));
    expect(identities.at(-1)).toMatchObject([{ name: "fixed" }]);
  });

  it("warns of a secret that everybody can read also where it is new", async () => {
    const { keeper, other, log } = await setup();
    await keeper.start();
    chmodSync(other, 0o644);
    await keeper.reload(tells([{ name: "other", role: "read", file: other }]));
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      { file: other },
      "Every user of the machine can read this secret",
    );
  });

  it("keeps the tokens of a file that cannot be read, wherever it stands among others", async () => {
    const { keeper, identities, file, other } = await setup();
    await keeper.start();
    const own: TokenConfiguration = { name: "ci", role: "read", file };
    rmSync(file);
    await keeper.reload(tells([{ name: "other", role: "read", file: other }, own]));
    expect(identities.at(-1)).toMatchObject([{ name: "other" }, { name: "ci" }]);
  });

  it("keeps what there was where the new cannot be used, says why, and takes it when it can be", async () => {
    const { keeper, materials, look, cert, key, certificates, log } = await setup();
    await keeper.start();
    const next = certificates.signed("next", "DNS:localhost");
    writeFileSync(cert, next.cert);
    await look();
    expect(materials).toHaveLength(1);
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { because: expect.stringContaining(`tls.key: ${key}: expected the key of the certificate`) },
      "Certificates stay as they were",
    );
    await look();
    expect(log.error).toHaveBeenCalledOnce();
    writeFileSync(key, next.key);
    await look();
    expect(materials[1]?.certificate.subject).toBe("CN=next");
  });

  it("takes a token back though a certificate cannot be used", async () => {
    const { keeper, identities, look, file, cert } = await setup();
    await keeper.start();
    writeFileSync(cert, "half written");
    writeFileSync(file, "# nobody any more\n");
    await look();
    expect(identities.at(-1)).toEqual([]);
  });

  it("takes a token back though the file of another cannot be used", async () => {
    const { keeper, identities, look, file, other, log } = await setup({ hasOther: true });
    await keeper.start();
    expect(identities.at(-1)).toHaveLength(2);
    writeFileSync(other, "short");
    writeFileSync(file, "");
    await look();
    expect(identities.at(-1)).toMatchObject([{ name: "other" }]);
    expect(log.error).toHaveBeenCalledExactlyOnceWith(
      { because: expect.stringContaining(`auth.tokens[1].file: ${other}: line 1 is no token`) },
      "Tokens stay as they were",
    );
  });

  it("reads once, however often it is told to meanwhile", async () => {
    const { keeper, identities } = await setup();
    await keeper.start();
    await Promise.all(Array.from({ length: 1000 }, () => keeper.reload()));
    expect(identities.length).toBeLessThanOrEqual(3);
  });

  it("keeps the tokens of a file that is gone, as one that is moved may be for a moment", async () => {
    const { keeper, identities, look, file, log } = await setup();
    await keeper.start();
    rmSync(file);
    await look();
    await look();
    expect(identities.at(-1)).toEqual(identities[0]);
    expect(log.error).toHaveBeenCalledExactlyOnceWith(expect.anything(), "Tokens stay as they were");
  });

  it("shows no secret in what it logs", async () => {
    const { keeper, look, file, key, log } = await setup();
    await keeper.start();
    writeFileSync(file, "short-secret");
    await look();
    writeFileSync(file, "the-first-of-the-tokens");
    writeFileSync(key, "-----BEGIN PRIVATE KEY-----\nshort-secret\n-----END PRIVATE KEY-----");
    await look();
    expect(log.error).toHaveBeenCalledTimes(2);
    expect(JSON.stringify(log.error.mock.calls)).not.toContain("short-secret");
  });

  it("reads at once when it is told to", async () => {
    const { keeper, materials, identities } = await setup();
    await keeper.start();
    await keeper.reload();
    expect([materials.length, identities.length]).toEqual([2, 2]);
  });

  it("warns of a secret that everybody can read", async () => {
    const { keeper, file, log } = await setup();
    chmodSync(file, 0o644);
    await keeper.start();
    expect(log.warn).toHaveBeenCalledExactlyOnceWith(
      { file },
      "Every user of the machine can read this secret",
    );
  });

  it("does not start where a file holds no token", async () => {
    const { keeper, file } = await setup();
    writeFileSync(file, "\n");
    await expect(keeper.start()).rejects.toThrow(
      `auth.tokens[0].file: ${file}: expected a token, found none`,
    );
  });

  it("does not start where they cannot be read", async () => {
    const { keeper, key, clock } = await setup();
    writeFileSync(key, "");
    await expect(keeper.start()).rejects.toMatchObject({ name: "ConfigurationError", field: "tls.key" });
    expect(clock.pendingTimers).toBe(0);
  });

  it("looks no more when it is disposed, and never where there are no files", async () => {
    const { keeper, clock, log } = await setup();
    await keeper.start();
    keeper[Symbol.dispose]();
    expect(clock.pendingTimers).toBe(0);
    const heard = vi.fn();
    const none = new SecretKeeper({ file: undefined }, { clock, log, onTls: heard, onIdentities: heard });
    await none.start();
    expect(none.hasFiles).toBe(false);
    expect(heard).toHaveBeenCalledExactlyOnceWith([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
