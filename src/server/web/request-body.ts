import type { IncomingMessage } from "node:http";

/**
 * All of a request's body. One that is larger than `maxBytes` is read to its end, but not kept, so that its sender
 * hears the answer; of one that goes on and on, only so much.
 * Undefined where it is larger; rejects where the client goes before its end.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Buffer | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer | undefined>();
  const chunks: Buffer[] = [];
  let length = 0;
  if (Number(request.headers["content-length"]) > maxBytes + mostThrownAway) resolve(undefined);
  request.on("data", (chunk: Buffer) => {
    length += chunk.byteLength;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
    if (length > maxBytes + mostThrownAway) resolve(undefined);
  });
  request.once("end", () => {
    if (length > maxBytes) resolve(undefined);
    else resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks));
  });
  request.once("close", () => reject(new BodyCutOff()));
  request.on("error", ignore);
  return promise;
}

/** The client has gone, or had no more time, before all of its request was there. */
export class BodyCutOff extends Error {
  override readonly name = "BodyCutOff";
  readonly code = "BODY_CUT_OFF";

  constructor() {
    super("Request was cut off before its end");
  }
}

const mostThrownAway = 1024 * 1024;

/** It closes then, which is what counts. */
function ignore(): void {}
