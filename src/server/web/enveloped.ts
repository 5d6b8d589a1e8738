import type { ConnectError } from "@connectrpc/connect";
import { notStored } from "./answer.ts";
import { envelopeBytes, frame, openEnvelope } from "./envelope.ts";
import type { StreamingProtocol, WebProtocol } from "./web-protocol.ts";

/** What the protocols with envelopes have in common: HTTP says 200 to every call, and the last envelope how it ended. */
export function createEnveloped(shape: EnvelopedShape): StreamingProtocol {
  const { name, isJson, contentType, timeoutMs, encoding, endFlag, end } = shape;
  const headers = ["Content-Type", contentType, ...notStored];
  const ending: StreamingProtocol["ending"] = (error, trailer) =>
    frame(endFlag, Buffer.from(end(error, trailer)));
  return {
    name,
    isJson,
    contentType,
    overheadBytes: envelopeBytes,
    timeoutMs,
    open: (body, options) => openEnvelope(body, { ...options, ...encoding }),
    frame: (message) => frame(0, message),
    ending,
    answer: (message, trailer) => ({
      status: 200,
      headers,
      body: Buffer.concat([frame(0, message), ending(undefined, trailer)]),
    }),
    refusal: (error) => ({ status: 200, headers, body: ending(error, undefined) }),
  };
}

export interface EnvelopedShape extends Pick<WebProtocol, "name" | "isJson" | "timeoutMs"> {
  readonly contentType: string;
  /** The header that says how messages are packed, and the one that says what is understood. */
  readonly encoding: { readonly header: string; readonly accept: string };
  readonly endFlag: number;
  end(error: ConnectError | undefined, trailer: Headers | undefined): string | Uint8Array;
}
