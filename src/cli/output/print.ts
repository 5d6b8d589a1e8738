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
  process.stdout.write(`${JSON.stringify(json, null, line ? undefined : 2)}\n`);
}
