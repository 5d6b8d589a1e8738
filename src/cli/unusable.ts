import { ConfigurationError } from "../server/configuration/configuration-error.ts";
import { CliError, exitCode } from "./exit-code.ts";

/** Ends the verb where its configuration or its store cannot be used; anything else goes on as it is. */
export function refuseUnusable(error: unknown): never {
  if (error instanceof ConfigurationError) throw new CliError(exitCode.usage, error.message);
  if (isStoreError(error)) throw new CliError(exitCode.store, error.message);
  throw error;
}

export function isStoreError(error: unknown): error is Error {
  return error instanceof Error && "code" in error && String(error.code).startsWith("STORE_");
}
