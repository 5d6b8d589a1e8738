import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../async/clock.ts";
import type { Call } from "../control/job-control.ts";

/** Under this key a door puts who calls: an authenticated name, or the address. */
export const peerKey: ContextKey<string> = createContextKey("unknown", { description: "peer" });

/**
 * The one call, as the core sees it. It reads the context only when asked: most calls never need a signal, and
 * making one costs more than the rest of them.
 */
export class ContextCall implements Call {
  readonly deadlineMs: number | undefined;
  readonly #context: HandlerContext;

  constructor(context: HandlerContext, clock: Clock) {
    const leftMs = context.timeoutMs();
    this.deadlineMs = leftMs === undefined ? undefined : clock.now() + leftMs;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get peer(): string {
    return this.#context.values.get(peerKey);
  }
}
