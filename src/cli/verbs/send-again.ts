import type { RepeatOptions, Retry } from "../../client/repeat.ts";
import { placeOf, wasCut } from "../call-error.ts";
import { type ConnectionOptions, patienceMs } from "../connection.ts";
import { tell } from "../output/print.ts";
import type { Server } from "../server/server.ts";

/** How a command is sent: once, and again where the connection was cut before its answer came. */
export function sending(server: Server, options: ConnectionOptions): RepeatOptions {
  return { onRetry: sendAgainAfterCut(server), timeoutMs: patienceMs(options) || undefined };
}

/**
 * For a command's `onRetry`: it is sent again where its connection was cut, which is told on stderr. Who asks in vain, or
 * is refused, wants to know at once.
 */
export function sendAgainAfterCut(server: Server): (retry: Retry) => void {
  let isAgain = false;
  return ({ error }) => {
    if (isAgain) return;
    if (!wasCut(error)) throw error;
    isAgain = true;
    tell(`The connection to ${placeOf(server)} was cut: sending the command again`);
  };
}
