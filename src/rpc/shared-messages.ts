import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";

/**
 * Messages that many callers get: a change goes to all its watchers, and the status of a job at rest is asked
 * for again and again. Who makes such a message shares it here, once; each door encodes through `encode`, and
 * so each shared message becomes bytes only once. What is shared must not change any more.
 */

const encodings = new WeakMap<object, Buffer | "not yet">();

export function share<T extends object>(message: T): T {
  if (!encodings.has(message)) encodings.set(message, "not yet");
  return message;
}

/** The message in binary form. Do not change the buffer: others may be sending it too. */
export function encode<D extends DescMessage>(desc: D, message: MessageInitShape<D>): Buffer {
  const known = encodings.get(message);
  if (known !== undefined && known !== "not yet") return known;
  const { buffer, byteOffset, byteLength } = toBinary(desc, create(desc, message));
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  if (known === "not yet") encodings.set(message, bytes);
  return bytes;
}
