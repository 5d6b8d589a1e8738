import { create, type DescMessage, type MessageInitShape, toBinary, toJsonString } from "@bufbuild/protobuf";

/**
 * Messages that many callers get: a change goes to all its watchers, and the status of a job at rest is asked
 * for again and again. Who makes such a message shares it here, once; each door encodes through `encode`, and
 * so each shared message becomes bytes only once. What is shared must not change any more.
 */

const encodings = new WeakMap<object, Encodings>();

interface Encodings {
  binary?: Buffer;
  json?: Buffer;
}

export function share<T extends object>(message: T): T {
  if (!encodings.has(message)) encodings.set(message, {});
  return message;
}

/** The message in binary form. Do not change the buffer: others may be sending it too. */
export function encode<D extends DescMessage>(desc: D, message: MessageInitShape<D>): Buffer {
  const shared = encodings.get(message);
  if (shared?.binary !== undefined) return shared.binary;
  const { buffer, byteOffset, byteLength } = toBinary(desc, create(desc, message));
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (shared !== undefined) shared.binary = bytes;
  return bytes;
}

/** The message as JSON. What is said of `encode` counts here too. */
export function encodeJson<D extends DescMessage>(desc: D, message: MessageInitShape<D>): Buffer {
  const shared = encodings.get(message);
  if (shared?.json !== undefined) return shared.json;
  const bytes = Buffer.from(toJsonString(desc, create(desc, message)));
  if (shared !== undefined) shared.json = bytes;
  return bytes;
}
