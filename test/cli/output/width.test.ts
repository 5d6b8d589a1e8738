import { describe, expect, it } from "vitest";
import { cut, cutStyled, toWidth, widthOf } from "../../../src/cli/output/width.ts";

describe("widthOf()", () => {
  it.each([
    ["plain", 5],
    ["42 % · █░…", 10],
    ["日本語", 6],
    ["e\u0301te\u0301", 3],
    ["👍🏽", 2],
    ["👨‍👩‍👧 ok", 5],
    ["한", 2],
    ["", 0],
  ])("%s takes %i columns", (text, columns) => {
    expect(widthOf(text)).toBe(columns);
  });
});

describe("cut()", () => {
  it.each([
    ["plain", 5, "plain"],
    ["plain", 4, "pla…"],
    ["日本語", 6, "日本語"],
    // Half a character cannot be shown.
    ["日本語", 4, "日…"],
    ["👨‍👩‍👧👨‍👩‍👧", 3, "👨‍👩‍👧…"],
    ["plain", 1, "…"],
    ["plain", 0, ""],
    ["plain", -3, ""],
  ])("%s to %i columns", (text, columns, expected) => {
    expect(cut(text, columns)).toBe(expected);
  });
});

describe("cutStyled()", () => {
  const red = (text: string) => `\u001b[31m${text}\u001b[39m`;
  const bold = (text: string) => `\u001b[1m${text}\u001b[22m`;

  it.each([
    ["what fits", `a${red("bc")}`, 3, `a${red("bc")}`],
    ["in a colour", `a${red("bcd")}e`, 3, `a${red("b…")}`],
    ["between colours", `ab${red("cd")}${bold("e")}`, 2, `ab${red("")}${bold("")}`],
    ["wide characters", `${red("日本")}語`, 3, `${red("日…")}`],
    ["colours in each other", bold(`ab${red("cd")}`), 3, bold(`ab${red("…")}`)],
  ])("counts no column for colours, and ends each that it begins: %s", (_name, text, columns, expected) => {
    expect(cutStyled(text, columns)).toBe(expected);
  });
});

describe("toWidth()", () => {
  it("cuts or fills", () => {
    expect(toWidth("日本語", 5)).toBe("日本…");
    expect(toWidth("日", 5)).toBe("日   ");
  });
});
