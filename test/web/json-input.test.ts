import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readInput } from "../../web/commands/json-input.ts";

/** What is wrong, as the page says it. */
function problemOf(text: string): string {
  const read = readInput(text);
  return read.isRight ? "right" : `${read.line}:${read.column} ${read.problem}`;
}

describe("readInput()", () => {
  it("takes every JSON object, as JSON.parse does", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string(), fc.jsonValue()),
        fc.integer({ min: 0, max: 3 }),
        (value, indent) => {
          const text = JSON.stringify(value, null, indent);
          // Numbers that a Struct cannot hold exactly are refused, which is this reader's own rule.
          const isExact = !/(?<![\d.eE"+-])-?\d{16,}(?![\d.eE])/.test(text);
          fc.pre(isExact);
          expect(readInput(text)).toEqual({ isRight: true, value: JSON.parse(text) });
        },
      ),
    );
  });

  it("refuses whatever JSON.parse refuses", () => {
    const scraps = fc.array(
      fc.constantFrom("{", "}", "[", "]", '"a"', ":", ",", "1", "-", "0", "true", "nul", "\\", " "),
    );
    fc.assert(
      fc.property(scraps, (parts) => {
        const text = `{${parts.join("")}`;
        const read = readInput(text);
        if (read.isRight) expect(JSON.parse(text)).toEqual(read.value);
      }),
    );
  });

  it("takes nothing for an empty object", () => {
    expect(readInput(" \n")).toEqual({ isRight: true, value: {} });
  });

  it.each([
    ["[1]", "1:1 The input is an object: it begins with {"],
    ['{"a": 1} x', "1:10 Nothing may follow the object"],
    ["{\n  'a': 1}", "2:3 A name in double quotes is expected"],
    ["{\"a\": 'b'}", "1:7 Texts stand in double quotes"],
    ['{"a" 1}', "1:6 A colon is expected after the name"],
    ['{"a": 1\n "b": 2}', "2:2 A comma or } is expected"],
    ['{"a": [1,\n]}', "1:9 There is a comma too many before ]"],
    ['{"a": 1,}', "1:8 There is a comma too many before }"],
    ['{"a": "b\n"}', "1:7 The text is not closed by a quote"],
    ['{"a": "\t"}', "1:8 A control character must be written as \\u and its number"],
    ['{"a": "\\x"}', '1:8 After a backslash comes one of " \\ / b f n r t, or u and four digits'],
    ['{"a": 01}', "1:7 That is not a number of JSON"],
    ['{"a": True}', "1:7 A value is expected"],
    ['{"a":', "1:6 It ends too early: a value is expected"],
    ['{"a": 1, "a": 2}', '1:10 There are two of "a"'],
    ['{"id": 9007199254740993}', "1:8 The number is too large to be kept exactly: write it as a text"],
    ['{"id": 1e999}', "1:8 The number is too large to be kept exactly: write it as a text"],
    [`{"a": ${"[".repeat(150)}`, "1:106 It is nested more than 100 deep"],
  ])("says of %j where it is wrong", (text, problem) => {
    expect(problemOf(text)).toBe(problem);
  });
});
