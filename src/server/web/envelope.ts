import { Code } from "@connectrpc/connect";
import { tooLarge, withReason } from "../../rpc/errors.ts";
import { encodingOf, type PackedOptions, unpack } from "./compression.ts";

/**
 * Messages as gRPC frames them, in gRPC-Web and in Connect's streams: a byte of flags, four of length, the message.
 * Requests have one each, as there is no method here that takes more over HTTP/1.1.
 */
export const envelopeBytes = 5;

export function frame(flags: number, message: Buffer): Buffer {
  const framed = Buffer.allocUnsafe(envelopeBytes + message.byteLength);
  framed.writeUInt8(flags, 0);
  framed.writeUInt32BE(message.byteLength, 1);
  framed.set(message, envelopeBytes);
  return framed;
}

/** The one message of a request's body. */
export async function openEnvelope(body: Buffer, options: PackedOptions): Promise<Buffer> {
  if (body.byteLength === 0) throw wrongNumber("no");
  if (body.byteLength < envelopeBytes) throw broken("it is cut off");
  const flags = body.readUInt8(0);
  const end = envelopeBytes + body.readUInt32BE(1);
  if (end > envelopeBytes + options.maxBytes) throw tooLarge(options.maxBytes);
  if (body.byteLength < end) throw broken("it is cut off");
  if (body.byteLength > end) throw wrongNumber("a second");
  if (flags > packedFlag) throw broken("its flags are unknown");
  const message = body.subarray(envelopeBytes, end);
  if (flags !== packedFlag) return message;
  if (encodingOf(options) === undefined) throw broken("it is packed, and no header says how");
  return unpack(message, options);
}

const packedFlag = 1;

function broken(because: string) {
  return withReason(`Malformed envelope: ${because}`, Code.InvalidArgument, "INVALID_FIELD");
}

function wrongNumber(number: string) {
  return withReason(`Received ${number} request message`, Code.Unimplemented, "UNIMPLEMENTED");
}
