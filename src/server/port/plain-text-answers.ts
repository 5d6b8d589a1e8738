import type { Socket } from "node:net";
import type { Clock } from "../../async/clock.ts";
import type { Doors } from "./doors.ts";

/** What a port with TLS says to who comes in plain text, in the language that it came with; then it closes. */
export function plainTextAnswers(clock: Clock): Doors {
  const answer = (bytes: Buffer) => (socket: Socket) => {
    const timer = clock.setTimer(closeMs, () => socket.destroy());
    socket.once("close", () => timer.cancel());
    // What still comes is thrown away, so that it does not cost the client the answer.
    socket.resume().end(bytes);
  };
  return { http1: answer(http1), http2: answer(http2) };
}

const said = "This port speaks TLS";
const closeMs = 1000;

const http1 = Buffer.from(
  [
    "HTTP/1.1 400 Bad Request",
    "Content-Type: text/plain; charset=utf-8",
    "Cache-Control: no-store",
    `Content-Length: ${said.length + 1}`,
    "Connection: close",
    "",
    `${said}\n`,
  ].join("\r\n"),
);

/** Settings, of which there are none, and GOAWAY: no stream was looked at, INADEQUATE_SECURITY, and why. */
const http2 = Buffer.concat([
  frame(4, Buffer.alloc(0)),
  frame(7, Buffer.concat([Buffer.from([0, 0, 0, 0, 0, 0, 0, 0xc]), Buffer.from(said)])),
]);

/** Of the connection as a whole, which is stream 0. */
function frame(type: number, payload: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0, 0, payload.byteLength, type, 0, 0, 0, 0, 0]), payload]);
}
