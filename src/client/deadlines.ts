import type { Transport } from "@connectrpc/connect";

/** How long an answer may take where nothing is said of that. */
export const defaultTimeoutMs = 10_000;

/** Gives the calls that answer once and bring no deadline this one, in milliseconds; streams may last. */
export function withDeadlines(transport: Transport, timeoutMs: number): Transport {
  return {
    unary: (method, signal, ownMs = timeoutMs, ...rest) => transport.unary(method, signal, ownMs, ...rest),
    stream: (...args) => transport.stream(...args),
  };
}
