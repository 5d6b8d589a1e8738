import type { Configuration } from "./configuration.ts";
import { isLoopback } from "./listen-address.ts";

/** Why a server may not listen there: beyond loopback it takes TLS and authentication. Undefined where it may. */
export function exposureProblem({ listen, tls, auth }: Exposed): string | undefined {
  const missing = [tls === undefined ? ["tls"] : [], auth === undefined ? ["auth"] : []].flat();
  if (isLoopback(listen.host) || missing.length === 0) return undefined;
  const where = "a loopback address (127.0.0.0/8, [::1] or localhost)";
  return `expected ${where}, or tls and auth, found ${JSON.stringify(listen.host)} without ${missing.join(" and ")}`;
}

type Exposed = Pick<Configuration, "listen" | "tls" | "auth">;
