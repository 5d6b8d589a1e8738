import { describeFailure } from "../client/call-failure.ts";
import { isTlsFault } from "../client/tls-fault.ts";
import { CliError, exitCode } from "./exit-code.ts";
import { plain } from "./output/style.ts";
import type { Server } from "./server/server.ts";

/** What to do where the two sides did not come to terms about TLS; undefined where that is not what went wrong. */
export function tlsError(thrown: unknown, { address, tls }: Server): CliError | undefined {
  if (!isTlsFault(thrown)) return undefined;
  const failure = describeFailure(thrown);
  if (tls === undefined)
    return new CliError(exitCode.refused, `TLS is spoken at ${address}: --tls or --tls-ca FILE`, { failure });
  // What Node adds behind a semicolon is advice for who writes programs.
  const [message = ""] = failure.message.split(";");
  const line = `No TLS with ${address}: ${plain(inWords(message))}${adviceOn(message)}`;
  return new CliError(exitCode.refused, line, { failure });
}

/** Of what OpenSSL says the words alone: before them are numbers, and after them the place in its own code. */
function inWords(message: string): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(message)?.[1] ?? message;
}

function adviceOn(text: string): string {
  if (/altnames|HOSTNAME_MISMATCH/i.test(text)) return " (if that is the right server: --tls-name NAME)";
  if (/self.signed|unable to (verify|get)/i.test(text)) return " (--tls-ca FILE says whom to trust)";
  if (/wrong version number/i.test(text)) return " (plain text is spoken there: leave out --tls)";
  if (/certificate required|handshake failure/i.test(text))
    return " (the server asks who calls: --tls-cert FILE --tls-key FILE)";
  return "";
}
