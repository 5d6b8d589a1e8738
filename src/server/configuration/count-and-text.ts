import { type EditorSchema, value } from "./expectation.ts";

/** Two kinds of values that many settings have. */

export const largestCount = 2 ** 31 - 1;

export function count(least: number, most = largestCount) {
  return value(`a whole number from ${least} to ${most}`, isCount(least, most), countForEditors(least, most));
}

export function isCount(least: number, most: number) {
  return (input: unknown): input is number =>
    Number.isInteger(input) && Number(input) >= least && Number(input) <= most;
}

export function countForEditors(least: number, most: number): EditorSchema {
  return { type: "integer", minimum: least, maximum: most };
}

/** A string that the system takes. YAML reads `10` and `true` as something else. */
export const text = value("a string (in YAML, put numbers and the like in quotes)", isText, {
  type: "string",
});

export function isText(input: unknown): input is string {
  return typeof input === "string" && !input.includes("\0");
}
