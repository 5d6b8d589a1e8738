import { Code, ConnectError } from "@connectrpc/connect";

/** Why calls of a client fail once it was disposed of: nothing is tried again then. */
class ClientDisposed extends Error {
  override readonly name = "ClientDisposed";
  readonly code = "CLIENT_DISPOSED";
}

/** What such a call throws: CANCELLED, as other calls that end from this side. */
export function clientDisposed(): ConnectError {
  const message = "The client was disposed of";
  return new ConnectError(message, Code.Canceled, undefined, undefined, new ClientDisposed(message));
}

export function isClientDisposed(thrown: unknown): boolean {
  return ConnectError.from(thrown).cause instanceof ClientDisposed;
}
