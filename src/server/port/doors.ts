import type { Socket } from "node:net";

/** To whom a port hands its connections, by what they speak. */
export interface Doors {
  readonly http2: (socket: Socket) => void;
  readonly http1: (socket: Socket) => void;
}
