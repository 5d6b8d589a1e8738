import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ConfigurationError } from "../../../src/server/configuration/configuration-error.ts";
import { parseJson } from "../../../src/server/configuration/parse-json.ts";

describe("parseJson()", () => {
  it("reads what JSON.parse reads, and nothing else", () => {
    // Texts that are nearly JSON: pieces of it in any order, and whole values with a piece put in.
    const piece = fc.constantFrom(
      ...'{}[]:," \n\\',
      "null",
      "-1.5e3",
      '"a"',
      '"\\u00e9"',
      "01",
      "tru",
      "\t",
      "\u0001",
    );
    const pieces = fc.array(piece, { maxLength: 12 }).map((each) => each.join(""));
    const spoilt = fc.tuple(fc.json(), fc.nat(), piece).map(([text, at, put]) => {
      const index = at % (text.length + 1);
      return text.slice(0, index) + put + text.slice(index);
    });
    fc.assert(
      fc.property(fc.oneof(pieces, spoilt, fc.json()), (text) => {
        const [expected, found] = [outcomeOf(() => JSON.parse(text)), outcomeOf(() => parseJson(text).said)];
        if (hasRepeatedKey(text)) expect(found).toBeUndefined();
        else expect(found).toEqual(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it("knows where each field stands", () => {
    const { positions } = parseJson('{\n  "types": {\n    "a.b": { "command": ["du",\n "-sk"] }\n  }\n}');
    expect(Object.fromEntries(positions)).toEqual({
      "": { line: 1, column: 1 },
      types: { line: 2, column: 3 },
      'types["a.b"]': { line: 3, column: 5 },
      'types["a.b"].command': { line: 3, column: 14 },
      'types["a.b"].command[0]': { line: 3, column: 26 },
      'types["a.b"].command[1]': { line: 4, column: 2 },
    });
  });

  it("says where it stops to be JSON", () => {
    const cases: [text: string, line: number, column: number, problem: string][] = [
      ['{"log": "json",\n}', 1, 15, 'expected }, found ","'],
      ["[1, ]", 1, 3, 'expected ], found ","'],
      ["{,}", 1, 2, 'expected a key in double quotes, found ","'],
      ['{"log": "js\non"}', 1, 12, 'expected the rest of a string, found "\\n"'],
      ['{"log": "js\\qon"}', 1, 12, 'expected the rest of a string, found "\\\\"'],
      ['{"log', 1, 6, "expected the rest of a string, found the end"],
      [
        '{\n  // the log\n  "log": 5}',
        2,
        3,
        "expected a key in double quotes, found a comment, which JSON has not",
      ],
      ['{"log": 5 /* ? */}', 1, 11, "expected , or }, found a comment, which JSON has not"],
      ['{"log": json}', 1, 9, 'expected a value, found "j"'],
      ['{"log": "json"', 1, 15, "expected , or }, found the end"],
      ['{"log"\n "json"}', 2, 2, 'expected :, found "\\""'],
      ["[1 2]", 1, 4, 'expected , or ], found "2"'],
      ["{} {}", 1, 4, 'expected the end, found "{"'],
      ["[".repeat(200_000), 1, 102, 'expected at most 100 levels, found "["'],
    ];
    for (const [text, line, column, problem] of cases)
      expect(problemsOf(text)).toEqual([{ line, column, problem }]);
  });

  it("finds every key that is there twice, and nothing below it", () => {
    expect(problemsOf('{"a": 1,\n "a": {"b": 1}, "c": {"a": 1, "\\u0061": 2},\n "a": 3}')).toEqual([
      { field: "a", line: 2, column: 2, problem: "is there already, at line 1" },
      { field: "c.a", line: 2, column: 31, problem: "is there already, at line 2" },
      { field: "a", line: 3, column: 2, problem: "is there already, at line 1" },
    ]);
  });

  function problemsOf(text: string): unknown {
    try {
      return parseJson(text).said;
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return (error as ConfigurationError).problems;
    }
  }

  function outcomeOf(read: () => unknown): unknown {
    try {
      return { value: read() };
    } catch {
      return undefined;
    }
  }

  /** As JSON.parse sees it: a reviver is told of each key that remains, so that fewer of them than colons says enough. */
  function hasRepeatedKey(text: string): boolean {
    const value = outcomeOf(() => JSON.parse(text));
    if (value === undefined) return false;
    const colons = text.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").split(":").length - 1;
    return keysIn(value) - 1 < colons;
  }

  function keysIn(value: unknown): number {
    if (typeof value !== "object" || value === null) return 0;
    const inside = Object.values(value).reduce((sum: number, each) => sum + keysIn(each), 0);
    return inside + (Array.isArray(value) ? 0 : Object.keys(value).length);
  }
});
