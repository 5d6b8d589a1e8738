import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { Code, type ConnectError } from "@connectrpc/connect";
import { tooLarge, withReason } from "../../rpc/errors.ts";
import { headerOf, type OpenOptions } from "./web-protocol.ts";

/**
 * Requests may be packed with gzip. What is unpacked is bounded as what is not packed is, however small it came. Answers
 * are never packed: it costs the server more than it spares a reader on the same machine.
 */

/** Unpacks what `header` says of the bytes; `accept` is the header that tells what could be said. */
export async function unpack(bytes: Buffer, options: PackedOptions): Promise<Buffer> {
  const { maxBytes, accept } = options;
  const encoding = encodingOf(options);
  if (encoding === undefined) return bytes;
  if (encoding !== "gzip") throw unknownEncoding(encoding, accept);
  try {
    return await inflate(bytes, { maxOutputLength: maxBytes });
  } catch (error) {
    const isTooLarge = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    throw isTooLarge ? tooLarge(maxBytes) : withReason(failed, Code.InvalidArgument, "INVALID_FIELD");
  }
}

/** How they are packed; undefined where they are not. */
export function encodingOf({ headers, header }: PackedOptions): string | undefined {
  const encoding = headerOf(headers, header);
  return encoding === "identity" ? undefined : encoding;
}

export interface PackedOptions extends OpenOptions {
  readonly header: string;
  readonly accept: string;
}

const inflate = promisify(gunzip);
const failed = "Failed to decompress message";

function unknownEncoding(encoding: string, accept: string): ConnectError {
  const error = withReason(`Unsupported encoding: ${encoding}`, Code.Unimplemented, "UNIMPLEMENTED");
  error.metadata.set(accept, "gzip");
  return error;
}
