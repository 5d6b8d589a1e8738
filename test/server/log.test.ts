import { describe, expect, it } from "vitest";
import { createLog, type LogOptions } from "../../src/server/log.ts";

/** What is written of one entry. */
function written(format: LogOptions["format"], fields: object, message: string): string {
  let all = "";
  const write = (line: string) => {
    all += line;
  };
  createLog({ format, write }).warn(fields, message);
  return all;
}

/** What terminals obey: escape sequences, in one byte or two, and what turns the direction of writing. */
const hostile = "\u001b[31mred\u0007\u009b2J\u007f\u202e\u061cgnp.exe\u2028\r\n12:00:00.000 INFO  Forged";
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const obeyed = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe.each(["json", "pretty"] as const)("createLog() as %s", (format) => {
  it("writes one line of an entry, with nothing in it that a terminal obeys", () => {
    for (const entry of [
      written(format, {}, hostile),
      written(format, { reason: hostile, hostile }, "Said"),
    ]) {
      const [line = "", ...rest] = entry.split("\n");
      expect(rest).toEqual([""]);
      expect(line).not.toMatch(obeyed);
      expect(line).toContain("Forged");
    }
  });

  it("leaves out what is not known", () => {
    expect(written(format, { traceId: undefined, jobId: "job" }, "Said")).not.toContain("traceId");
  });
});

describe("createLog() as json", () => {
  it("keeps the text as it was", () => {
    const { reason, msg, level } = JSON.parse(written("json", { reason: hostile }, hostile));
    expect({ reason, msg, level }).toEqual({ reason: hostile, msg: hostile, level: "warn" });
  });
});

describe("createLog() as pretty", () => {
  it("indents the stack of an error, and lets it begin no line of its own", () => {
    const err = new Error("first\n12:00:00.000 INFO  Forged");
    const [, ...more] = written("pretty", { err }, "Failed").trimEnd().split("\n");
    expect(more.length).toBeGreaterThan(1);
    for (const line of more) expect(line).toMatch(/^ {4}/);
  });

  it("does not take what only looks like an escape for one", () => {
    expect(written("pretty", {}, "C:\\new")).toContain("C:\\\\new");
  });
});
