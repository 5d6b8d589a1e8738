import {
  type DescMessage,
  fromBinary,
  fromJson,
  type JsonValue,
  type MessageShape,
} from "@bufbuild/protobuf";
import { malformed } from "./errors.ts";

/**
 * Requests, from bytes. What cannot be read is the caller's INVALID_ARGUMENT: whatever protobuf-es says of it is
 * about its insides, so the caller hears which type it should be, and which field is wrong where that is known.
 * Fields that this version does not know are left out.
 */

export function decodeBinary<D extends DescMessage>(desc: D, bytes: Uint8Array): MessageShape<D> {
  try {
    return fromBinary(desc, bytes, { readUnknownFields: false });
  } catch {
    throw malformed(desc.typeName);
  }
}

export function decodeJson<D extends DescMessage>(desc: D, bytes: Uint8Array): MessageShape<D> {
  const json = parsed(bytes);
  if (json === undefined) throw malformed(desc.typeName);
  try {
    return fromJson(desc, json, { ignoreUnknownFields: true });
  } catch (error) {
    throw malformed(desc.typeName, wrongField(desc, error));
  }
}

/** Undefined for what is no JSON, or holds what no message can hold. */
function parsed(bytes: Uint8Array): JsonValue | undefined {
  try {
    const text = utf8.decode(bytes);
    const json = JSON.parse(text);
    // A pair of halves is a whole; `JSON.stringify` escapes those alone that have lost the other.
    return halfCharacter.test(text) && halfCharacter.test(JSON.stringify(json)) ? undefined : json;
  } catch {
    return undefined;
  }
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Half of a character, as JSON can write it: no message can hold that. */
const halfCharacter = /(?<!\\)(?:\\\\)*\\u[dD][89a-fA-F]/;

/** protobuf-es names the field in its message alone. */
function wrongField({ typeName }: DescMessage, error: unknown): string | undefined {
  const { message } = error as { readonly message?: unknown };
  const named = /^cannot decode field (\S+)\.(\w+) from JSON/.exec(String(message));
  return named?.[1] === typeName ? named[2] : undefined;
}
