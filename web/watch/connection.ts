import { Code } from "@connectrpc/connect";
import type { Failure } from "../words/failure.ts";

/** How a stream is doing. */
export type Connection =
  | { readonly kind: "resting" }
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "waiting"; readonly cause: Cause; readonly untilMs: number }
  | { readonly kind: "over"; readonly failure?: Failure };

/** Why a stream ended that was to go on. */
export type Cause =
  | { readonly kind: "cut" }
  | { readonly kind: "silent" }
  | { readonly kind: "closed"; readonly words: string; readonly afterMs: number }
  | { readonly kind: "failed"; readonly failure: Failure };

/** No other try would fare better. */
export function isFinal({ code }: Failure): boolean {
  return finals.includes(code);
}

const finals: readonly Code[] = [
  Code.NotFound,
  Code.InvalidArgument,
  Code.Unimplemented,
  Code.Unauthenticated,
  Code.PermissionDenied,
];

/** What the server itself asks to be waited for, in milliseconds. */
export function leastWaitMs(cause: Cause): number {
  if (cause.kind === "closed") return cause.afterMs;
  return cause.kind === "failed" ? (cause.failure.retryAfterMs ?? 0) : 0;
}
