import type { Retry } from "../../client/repeat.ts";
import { placeOf, wasCut } from "../call-error.ts";
import type { ServerAddress } from "../server-address.ts";

/**
 * For a command's `onRetry`: it is sent again where its connection was cut, which is told on stderr. Who asks in vain, or
 * is refused, wants to know at once.
 */
export function sendAgainAfterCut(server: ServerAddress): (retry: Retry) => void {
  let isAgain = false;
  return ({ error }) => {
    if (isAgain) return;
    if (!wasCut(error)) throw error;
    isAgain = true;
    process.stderr.write(`jobctl: The connection to ${placeOf(server)} was cut: sending the command again\n`);
  };
}
