import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";

export function print(...lines: readonly string[]): void {
  for (const line of lines) if (line !== "") process.stdout.write(`${line}\n`);
}

/** Prints a message as proto3 JSON: over several lines, or on one for streams. */
export function printJson<D extends DescMessage>(
  desc: D,
  message: MessageShape<D>,
  { line = false } = {},
): void {
  const json = toJson(desc, message, { alwaysEmitImplicit: true });
  process.stdout.write(`${escaped(JSON.stringify(json, null, line ? undefined : 2))}\n`);
}

/** JSON leaves control characters above U+007F and bidirectional overrides as they are; a terminal obeys them. */
export function escaped(json: string): string {
  return json.replaceAll(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
