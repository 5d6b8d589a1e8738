import { styleText } from "node:util";

/** Colours, where a person reads: not in a file or a pipe, and not with `NO_COLOR`. */
export type Format = Parameters<typeof styleText>[0];

export function styled(format: Format, text: string): string {
  return styleText(format, text, { stream: process.stdout });
}

export function dim(text: string): string {
  return styled("dim", text);
}

/** Makes what a job or a caller wrote harmless for a terminal: no control characters, no bidirectional overrides. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to go
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]+/g, " ");
}
