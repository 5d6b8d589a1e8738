import { once } from "node:events";
import { connect } from "node:net";
import type { JobContext } from "jobcontrol";

/** Logs `input.lines` lines (20000) as fast as they are taken, as an application in trouble does. */
export function makeNoise({ port }: { readonly port: number }) {
  return async ({ input, signal }: JobContext) => {
    const { lines = 20_000 } = input;
    if (typeof lines !== "number") throw new TypeError("input.lines is not a number");
    const socket = connect({ port, host: "127.0.0.1", signal });
    await once(socket, "connect");
    for (let number = 1; number <= lines; number++) {
      const line = `<131>1 ${new Date().toISOString()} shop checkout - - - order ${number} cannot be stored\n`;
      if (!socket.write(line)) await once(socket, "drain", { signal });
    }
    socket.end();
    await once(socket, "close");
    return { lines };
  };
}
