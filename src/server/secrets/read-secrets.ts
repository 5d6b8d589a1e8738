import { readFile } from "node:fs/promises";
import type { DeclaredIdentity } from "../../rpc/identities.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Configuration, TokenConfiguration } from "../configuration/configuration.ts";
import { ConfigurationError } from "../configuration/configuration-error.ts";
import { type TlsMaterial, tlsMaterial } from "./tls-material.ts";
import { noToken, tokenDigests } from "./token-digests.ts";

export type SecretsSource = Pick<Configuration, "file" | "tls" | "auth">;

/**
 * What the files hold that a configuration names, read and checked. Both reject with a `ConfigurationError` that names the
 * field, the file and what is wrong with it.
 */

/** The certificates and the key of TLS; undefined where the port does none. */
export async function readTls({ file, tls }: SecretsSource): Promise<TlsMaterial | undefined> {
  if (typeof tls !== "object") return undefined;
  const read = reading(file);
  const { clientCa } = tls;
  return tlsMaterial(tls, {
    cert: await read(tls.cert, "tls.cert"),
    key: await read(tls.key, "tls.key"),
    clientCa: clientCa === undefined ? undefined : await read(clientCa, "tls.clientCa"),
  });
}

/** What has changed where tokens are read anew. */
export interface TokenRenewal {
  /** Of each file of tokens their digests, as they were read last: those of now take their place. */
  readonly digests: Map<string, readonly string[]>;
  /** Hears of a file that cannot be used; its tokens stay as they were. Default: it is an error, and so is an empty one */
  readonly onUnusable?: (error: unknown) => void;
}

/** Those who may call. */
export async function readIdentities(
  { file, auth }: SecretsSource,
  { digests, onUnusable }: TokenRenewal = { digests: new Map() },
): Promise<readonly DeclaredIdentity[]> {
  if (auth === undefined) return [];
  const read = reading(file);
  const identities: DeclaredIdentity[] = auth.certificates.map(({ name, role, match }) => ({
    name,
    role,
    proof: { kind: "certificate", match },
  }));
  const owners = new Map<string, string>();
  const mayBeEmpty = onUnusable !== undefined;
  for (const [index, token] of auth.tokens.entries()) {
    const field = `auth.tokens[${index}]`;
    const { name, role } = token;
    const found = await digestsOf(token, { field, read, mayBeEmpty }).catch((error: unknown) => {
      const before = "file" in token ? digests.get(token.file) : undefined;
      if (onUnusable === undefined || before === undefined) throw error;
      onUnusable(error);
      return before;
    });
    if ("file" in token) digests.set(token.file, found);
    for (const digest of found) {
      const owner = owners.get(digest);
      if (owner !== undefined) {
        const problem = `has a token that ${owner} has too; each has to be told by its own`;
        throw new ConfigurationError({ file, field }, problem);
      }
      owners.set(digest, field);
      identities.push({ name, role, proof: { kind: "token", sha256: Buffer.from(digest, "hex") } });
    }
  }
  return identities;
}

/** The files that they are read from. */
export function secretFiles({ tls, auth }: SecretsSource): {
  readonly tls: readonly string[];
  readonly tokens: readonly string[];
  /** Those of both that nobody else should be able to read. */
  readonly secret: ReadonlySet<string>;
} {
  const tokens = auth?.tokens.flatMap((token) => ("file" in token ? [token.file] : [])) ?? [];
  if (typeof tls !== "object") return { tls: [], tokens, secret: new Set(tokens) };
  const { cert, key, clientCa } = tls;
  const files = [cert, key, ...(clientCa === undefined ? [] : [clientCa])];
  return { tls: files, tokens, secret: new Set([key, ...tokens]) };
}

type ReadSecret = (path: string, field: string) => Promise<ReadFile>;

interface ReadFile {
  readonly text: string;
  readonly wrong: (problem: string) => ConfigurationError;
}

function reading(file: string | undefined): ReadSecret {
  return async (path, field) => {
    const wrong = (problem: string) => new ConfigurationError({ file, field }, `${path}: ${problem}`);
    const bytes = await readFile(path).catch((error: unknown) => {
      throw wrong(`cannot read it: ${thrownText(error)}`);
    });
    if (bytes.byteLength > largestFile)
      throw wrong(`expected at most ${largestFile} bytes, found ${bytes.byteLength}`);
    return { text: bytes.toString(), wrong };
  };
}

interface TokenReading {
  readonly field: string;
  readonly read: ReadSecret;
  readonly mayBeEmpty: boolean;
}

async function digestsOf(
  token: TokenConfiguration,
  { field, read, mayBeEmpty }: TokenReading,
): Promise<readonly string[]> {
  if ("sha256" in token) return token.sha256;
  const { text, wrong } = await read(token.file, `${field}.file`);
  const digests = tokenDigests(text);
  if ("problem" in digests) throw wrong(digests.problem);
  if (digests.sha256.length === 0 && !mayBeEmpty) throw wrong(noToken);
  return digests.sha256;
}

/** A bundle of all the world's authorities is a quarter of it. */
const largestFile = 1024 * 1024;
