import { type DescMessage, type MessageShape, toJson } from "@bufbuild/protobuf";
import { jsonText } from "./json-text.ts";

export function print(...lines: readonly string[]): void {
  for (const line of lines) if (line !== "") process.stdout.write(`${line}\n`);
}

/** Tells on stderr of what `jobctl` itself does. */
export function tell(text: string): void {
  process.stderr.write(`jobctl: ${text}\n`);
}

/** Prints a message as proto3 JSON: over several lines, or on one for streams. */
export function printJson<D extends DescMessage>(
  desc: D,
  message: MessageShape<D>,
  { line = false } = {},
): void {
  const json = toJson(desc, message, { alwaysEmitImplicit: true });
  process.stdout.write(`${jsonText(json, line ? undefined : 2)}\n`);
}
