import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { tokenDigests } from "../../../src/server/secrets/token-digests.ts";

const token = "0123456789abcdefghij";
const digest = createHash("sha256").update(token).digest("hex");

describe("tokenDigests()", () => {
  it.each([
    ["a token", token],
    ["a token and a line break", `${token}\n`],
    ["one from Windows", `${token}\r\n`],
    ["its hash", `sha256:${digest}`],
    ["its hash in capitals", `sha256:${digest.toUpperCase()}`],
    ["a comment, an empty line and a token", `# of ci\n\n  ${token}  \n`],
  ])("reads %s", (_, text) => {
    expect(tokenDigests(text)).toEqual({ sha256: [digest] });
  });

  it("reads several, so that a token can be changed without a gap", () => {
    const other = createHash("sha256").update(`${token}==`).digest("hex");
    expect(tokenDigests(`${token}\n${token}==\n`)).toEqual({ sha256: [digest, other] });
  });

  it("reads none where there is none", () => {
    for (const text of ["", "\n", "# none\n"]) expect(tokenDigests(text)).toEqual({ sha256: [] });
  });

  it.each([
    ["a short token", "secret", "line 1 is no token"],
    ["a hash that is cut", `sha256:${digest.slice(1)}`, "line 1 is no token"],
    ["two words", `${token}\nBearer ${token}`, "line 2 is no token"],
    ["a letter that no header can carry", `${token}é`, "line 1 is no token"],
    ["more than a header can carry", "a".repeat(1025), "line 1 is no token"],
  ])("refuses %s, and shows nothing of it", (_, text, problem) => {
    const said = tokenDigests(text);
    expect(said).toEqual({ problem: expect.stringContaining(problem) });
    expect(JSON.stringify(said)).not.toMatch(/secret|0123456789abc|aaaa/);
  });
});
