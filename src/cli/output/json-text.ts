/** A value as JSON that is harmless for a terminal, on one line unless it is indented. */
export function jsonText(value: unknown, indent?: number): string {
  // JSON leaves control characters above U+007F and bidirectional overrides as they are; a terminal obeys them.
  return JSON.stringify(value, null, indent).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
