import { stripVTControlCharacters } from "node:util";

/**
 * One line that is safe to show on a terminal or a page, whatever the work wrote: no escape sequences, no
 * control characters, no marks that turn the direction of writing, no half characters. Spaces of any kind
 * become one. What is longer than `longest` characters ends in an ellipsis.
 */
export function plainText(text: string, longest: number): string {
  // Cut first, so that a huge text costs no more than a long one.
  const line = withoutMarks(text.slice(0, longest * 4))
    .replace(spacesAndControls, " ")
    .trim()
    .toWellFormed();
  return line.length <= longest ? line : `${withoutHalf(line.slice(0, longest - 1))}…`;
}

/** The same for a line of output, where spaces and tabs have a meaning: they stay, and nothing is cut. */
export function plainLine(line: string): string {
  return harmless.test(line) ? line : withoutMarks(line).replace(controlsButTabs, " ").toWellFormed();
}

function withoutMarks(text: string): string {
  return stripVTControlCharacters(text).replace(directionMarks, "");
}

const directionMarks = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const spacesAndControls = /[\s\p{Cc}]+/gu;
const controlsButTabs = /(?:(?!\t)[\p{Cc}\u2028\u2029])+/gu;
/** Most lines: looked at once and left alone. */
const harmless = /^[\t\x20-\x7e]*$/;

function withoutHalf(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}
