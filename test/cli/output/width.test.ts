import { describe, expect, it } from "vitest";
import { cut, toWidth, widthOf } from "../../../src/cli/output/width.ts";

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

describe("toWidth()", () => {
  it("cuts or fills", () => {
    expect(toWidth("日本語", 5)).toBe("日本…");
    expect(toWidth("日", 5)).toBe("日   ");
  });
});
