import { Code, ConnectError } from "@connectrpc/connect";
import { CallError } from "./call-error.ts";
import { isClientDisposed } from "./client-disposed.ts";
import { isTlsFault } from "./tls-fault.ts";

/** Whether a stream that was cut by this is worth another try: false for what would be answered the same again, and for a fault of the server's own. */
export function isResumable(thrown: unknown): boolean {
  const { code } = ConnectError.from(thrown);
  if (final.has(code) || isClientDisposed(thrown) || isTlsFault(thrown)) return false;
  return new CallError(thrown).reason !== "INTERNAL";
}

const final: ReadonlySet<Code> = new Set([
  Code.InvalidArgument,
  Code.NotFound,
  Code.AlreadyExists,
  Code.PermissionDenied,
  Code.FailedPrecondition,
  Code.OutOfRange,
  Code.Unimplemented,
  Code.Unauthenticated,
]);
