import { stripVTControlCharacters } from "node:util";

/**
 * One line that is safe to show on a terminal or a page, whatever the work wrote: no escape sequences, no
 * control characters, no marks that turn the direction of writing, no half characters. Spaces of any kind
 * become one. What is longer than `longest` characters ends in an ellipsis.
 */
export function plainText(text: string, longest: number): string {
  // Cut first, so that a huge text costs no more than a long one.
  const line = stripVTControlCharacters(text.slice(0, longest * 4))
    .replace(directionMarks, "")
    .replace(spacesAndControls, " ")
    .trim()
    .toWellFormed();
  return line.length <= longest ? line : `${withoutHalf(line.slice(0, longest - 1))}…`;
}

const directionMarks = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const spacesAndControls = /[\s\p{Cc}]+/gu;

function withoutHalf(text: string): string {
  return text.isWellFormed() ? text : text.slice(0, -1);
}
