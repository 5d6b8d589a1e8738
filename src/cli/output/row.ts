import { type Format, styled } from "./style.ts";
import { cut, widthOf } from "./width.ts";

/** A part of a row: a text, or a text with its colour. */
export type Piece = string | readonly [format: Format, text: string];

/** A row of a terminal out of pieces: what does not fit into so many columns is cut off. */
export function row(columns: number, pieces: readonly Piece[]): string {
  let left = columns;
  let shown = "";
  for (const piece of pieces) {
    const [format, text] = typeof piece === "string" ? [[] as const, piece] : piece;
    const part = cut(text, left);
    left -= widthOf(part);
    shown += styled(format as Format, part);
  }
  return shown;
}
