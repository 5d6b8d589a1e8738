import { readIdentities, readTls } from "../secrets/read-secrets.ts";
import { authOf } from "./auth-schema.ts";
import type { CheckedConfig } from "./config-schema.ts";
import type { Configuration } from "./configuration.ts";
import type { ConfigurationError } from "./configuration-error.ts";
import { everyStep } from "./every-step.ts";
import type { Wrong } from "./expectation.ts";
import { exposureProblem } from "./exposure.ts";
import { tlsOf } from "./tls-schema.ts";

export interface SecuritySource {
  readonly file?: string | undefined;
  readonly folder: string;
  /** Where tokens may be. Default: that of the process */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onWrong: (wrong: Wrong) => ConfigurationError;
}

/** TLS and authentication, whose files are read to see whether they can be: the server reads them itself. */
export async function securityOf(
  checked: Pick<CheckedConfig, "listen" | "tls" | "auth">,
  { file, folder, env = process.env, onWrong }: SecuritySource,
): Promise<Pick<Configuration, "tls" | "auth">> {
  const tls = tlsOf(checked.tls, folder);
  const hasClientCa = typeof tls === "object" && tls.clientCa !== undefined;
  const [auth] = await everyStep([
    () => authOf(checked.auth, { folder, env, hasClientCa, onWrong }),
    () => readTls({ file, tls }),
  ]);
  await readIdentities({ file, auth });
  const problem = exposureProblem({ listen: checked.listen, tls, auth });
  if (problem !== undefined) throw onWrong({ field: "listen", problem });
  return { tls, auth };
}
