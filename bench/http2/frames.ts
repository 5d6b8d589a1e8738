/**
 * As much of HTTP/2 (RFC 9113) as a client needs that sends small requests and only counts what comes back. The
 * libraries make a stream object of every call; with 10,000 calls at a time the client would be what is measured.
 */

export const frameTypes = {
  data: 0,
  headers: 1,
  resetStream: 3,
  settings: 4,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
};
export const flags = { ack: 0x1, endStream: 0x1, endHeaders: 0x4 };
export const frameHeaderLength = 9;
export const largestWindow = 2 ** 31 - 1;
/** The window that every connection begins with, and every stream where nobody says otherwise. */
export const initialWindow = 65_535;

export interface Frame {
  readonly type: number;
  readonly flags?: number;
  /** 0: the connection */
  readonly stream?: number;
  readonly payload?: Uint8Array;
}

export function toFrame({ type, flags = 0, stream = 0, payload = new Uint8Array() }: Frame): Buffer {
  const frame = Buffer.alloc(frameHeaderLength + payload.byteLength);
  frame.writeUIntBE(payload.byteLength, 0, 3);
  frame.writeUInt8(type, 3);
  frame.writeUInt8(flags, 4);
  frame.writeUInt32BE(stream, 5);
  frame.set(payload, frameHeaderLength);
  return frame;
}

/** What a client says first. `streamWindow`: how many bytes of a stream may come without being asked for. */
export function preface(streamWindow: number): Buffer {
  const settings = Buffer.alloc(6);
  settings.writeUInt16BE(4, 0);
  settings.writeUInt32BE(streamWindow, 2);
  return Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    toFrame({ type: frameTypes.settings, payload: settings }),
    windowUpdate(largestWindow - initialWindow),
  ]);
}

/** Lets so many more bytes come on the connection. */
export function windowUpdate(bytes: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(bytes);
  return toFrame({ type: frameTypes.windowUpdate, payload });
}

/** The headers of a gRPC call, without compression; `timeoutMs` is its deadline. */
export function grpcHeaders(path: string, timeoutMs?: number): Buffer {
  const timeout = timeoutMs === undefined ? [] : [literal("grpc-timeout", `${timeoutMs}m`)];
  return Buffer.concat([
    Buffer.from([0x83, 0x86]), // :method POST and :scheme http, by their numbers in HPACK's static table
    literal(":path", path),
    literal(":authority", "bench"),
    literal("te", "trailers"),
    literal("content-type", "application/grpc"),
    ...timeout,
  ]);
}

/** A gRPC message: one byte for no compression, four for the length. */
export function grpcMessage(message: Uint8Array): Buffer {
  const prefixed = Buffer.alloc(5 + message.byteLength);
  prefixed.writeUInt32BE(message.byteLength, 1);
  prefixed.set(message, 5);
  return prefixed;
}

/** HPACK's literal header field without indexing; names and values here are shorter than 127 bytes. */
function literal(name: string, value: string): Buffer {
  return Buffer.concat([
    Buffer.from([0, name.length]),
    Buffer.from(name),
    Buffer.from([value.length]),
    Buffer.from(value),
  ]);
}
