import { describe, expect, it } from "vitest";
import { plainLine, plainText } from "../../src/runner/plain-text.ts";

describe("plainText()", () => {
  it("leaves a plain line as it is", () => {
    expect(plainText("3 páginas 👩‍💻", 256)).toBe("3 páginas 👩‍💻");
  });

  it("takes out escape sequences, control characters and direction marks", () => {
    expect(plainText("\u001b]0;title\u0007a\u001b[31mb\u0000c\u009b2Jd\u202e\u2066\u061ce", 256)).toBe(
      "ab cde",
    );
  });

  it("makes one line of several, and one space of many", () => {
    expect(plainText("  a\r\n\tb\u2028c  ", 256)).toBe("a b c");
  });

  it("cuts at the given length, with an ellipsis and no half characters", () => {
    expect(plainText("abcdef", 6)).toBe("abcdef");
    expect(plainText("abcdefg", 6)).toBe("abcde…");
    expect(plainText("abcd😀fg", 6)).toBe("abcd…");
    expect(plainText("a\ud800b", 6)).toBe("a\ufffdb");
  });

  it("does not look far beyond the given length", () => {
    expect(plainText(`${"\u0000".repeat(1024)}x`, 256)).toBe("");
  });
});

describe("plainLine()", () => {
  it("leaves spaces, tabs and whatever people write as they are", () => {
    for (const line of ["", "    at f (a.ts:1)  ", "a\tb\t", "3 páginas 👩‍💻", "\u00a0x"])
      expect(plainLine(line)).toBe(line);
  });

  it("takes out escape sequences, control characters and direction marks, and breaks no line", () => {
    expect(plainLine("\u001b]0;title\u0007  a\u001b[31mb\u0000\u0001c\u009b2Jd\u202e\u2066\u061ce")).toBe(
      "  ab cde",
    );
    expect(plainLine("a\tb\u2028c\u0085d\r\n")).toBe("a\tb c d ");
  });

  it("leaves no half characters", () => {
    expect(plainLine("a\ud800b")).toBe("a\ufffdb");
  });
});
