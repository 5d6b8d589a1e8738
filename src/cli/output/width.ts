/** How wide texts are on a terminal, which counts columns and not characters. Of texts without control characters. */

/** The number of columns that a text takes. */
export function widthOf(text: string): number {
  if (isNarrow(text)) return text.length;
  return graphemesOf(text).reduce((width, grapheme) => width + graphemeWidth(grapheme), 0);
}

/** Cuts a text to so many columns, with an ellipsis where something is missing. */
export function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  let left = columns - 1;
  let kept = "";
  for (const grapheme of graphemesOf(text)) {
    left -= graphemeWidth(grapheme);
    if (left < 0) break;
    kept += grapheme;
  }
  return columns > 0 ? `${kept}…` : "";
}

/** Cuts a text that has colours; those that are behind the cut still end. */
export function cutStyled(text: string, columns: number): string {
  let left = columns;
  return text
    .split(styles)
    .map((part, at) => {
      if (at % 2 === 1) return part;
      const shown = cut(part, left);
      left -= widthOf(shown);
      return shown;
    })
    .join("");
}

/** A text of exactly so many columns: cut, or filled up with spaces. */
export function toWidth(text: string, columns: number): string {
  const shown = cut(text, columns);
  return shown + " ".repeat(Math.max(0, columns - widthOf(shown)));
}

function isNarrow(text: string): boolean {
  return /^[\u0020-\u024f…·█░]*$/.test(text);
}

function graphemesOf(text: string): string[] {
  return Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
}

/** East Asian characters and emoji take two columns, marks of their own none. */
function graphemeWidth(grapheme: string): number {
  if (/^\p{Mark}/u.test(grapheme)) return 0;
  return /^\p{Emoji_Presentation}|\ufe0f/u.test(grapheme) || wide.test(grapheme) ? 2 : 1;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: that is how they begin
const styles = /(\u001b\[[0-9;]*m)/;

const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
