/**
 * Text from elsewhere (names, messages, output) as the page may show it: what would act on the text around it, or not
 * be seen at all, becomes a visible sign. It goes into text nodes only, never into markup.
 */
export function plain(text: string, { maxLength = 2000, keepLines = false }: PlainOptions = {}): string {
  const cut = text.length <= maxLength ? text : `${text.slice(0, maxLength)}…`;
  return cut.toWellFormed().replace(unseen, (sign) => shown(sign, keepLines));
}

export interface PlainOptions {
  /** In UTF-16 units; what is longer ends in an ellipsis. Default: 2000 */
  readonly maxLength?: number;
  /** Default: false, a line break becomes a sign of its own */
  readonly keepLines?: boolean;
}

/**
 * Control and format characters: escape sequences, marks that turn the writing direction, spaces of no width. The
 * joiners, U+200C and U+200D, are none of them: some scripts cannot do without.
 */
const unseen = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function shown(sign: string, keepLines: boolean): string {
  if (sign === "\t" || (keepLines && sign === "\n")) return sign;
  const code = sign.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}
