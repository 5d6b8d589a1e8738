import { sha256Of } from "../../rpc/identities.ts";

/**
 * Of a text with a token a line, as files and variables hold them, what is kept: the SHA-256 of each, in hexadecimal. A line
 * can also be that alone, as `sha256:…`. Empty lines and those that begin with `#` do not count. Says what is wrong
 * without showing any of it.
 */
export function tokenDigests(
  text: string,
): { readonly sha256: readonly string[] } | { readonly problem: string } {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  const sha256: string[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const digest = digestOf(line);
    if (digest === undefined) return { problem: `line ${index + 1} is no token: ${expected}` };
    sha256.push(digest);
  }
  return { sha256 };
}

export function isDigest(input: unknown): input is string {
  return typeof input === "string" && /^[0-9a-f]{64}$/i.test(input);
}

function digestOf(line: string): string | undefined {
  if (line.startsWith("sha256:")) {
    const digest = line.slice("sha256:".length);
    return isDigest(digest) ? digest.toLowerCase() : undefined;
  }
  return /^[A-Za-z0-9._~+/-]{20,1024}={0,2}$/.test(line) ? sha256Of(line).toString("hex") : undefined;
}

/** What is wrong with a text that holds none, where there should be one. */
export const noToken = "expected a token, found none";

const expected = "expected 20 to 1024 letters, digits and ._~+/-, or sha256: and 64 hexadecimal digits";
