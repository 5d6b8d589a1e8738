import { type ContextKey, createContextKey, type HandlerContext } from "@connectrpc/connect";
import type { Clock } from "../async/clock.ts";
import type { Call } from "../control/job-control.ts";
import type { TraceContext } from "../job/trace.ts";
import type { CallSpan } from "../telemetry/tracing.ts";

/** Under this key a door puts who calls: an authenticated name, or the address. */
export const peerKey: ContextKey<string> = createContextKey("unknown", { description: "peer" });

/**
 * The one call, as the core sees it. It reads the context only when asked: most calls never need a signal, and
 * making one costs more than the rest of them.
 */
export class ContextCall implements Call {
  readonly deadlineMs: number | undefined;
  readonly #context: HandlerContext;
  readonly #span: CallSpan | undefined;

  constructor(context: HandlerContext, clock: Clock, span: CallSpan | undefined) {
    const leftMs = context.timeoutMs();
    this.deadlineMs = leftMs === undefined ? undefined : clock.now() + leftMs;
    this.#context = context;
    this.#span = span;
  }

  get trace(): TraceContext | undefined {
    return this.#span?.trace;
  }

  opened(): void {
    this.#span?.end(0);
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get peer(): string {
    return this.#context.values.get(peerKey);
  }
}
