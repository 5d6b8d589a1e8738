import { sleep } from "../async/abort.ts";
import { type Clock, systemClock } from "../async/clock.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import { CallError } from "./call-error.ts";
import { isClientDisposed } from "./client-disposed.ts";
import { defaultTimeoutMs } from "./deadlines.ts";
import { isTlsFault } from "./tls-fault.ts";

export interface RepeatOptions {
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, tries and waits together, in milliseconds; 0: as long as it takes. Default: the client's, 10 s */
  readonly timeoutMs?: number | undefined;
  readonly backoff?: BackoffOptions;
  /** Told before each further try, with why and when. What it throws comes out of the call, and there is no further try. */
  readonly onRetry?: (retry: Retry) => void;
  /** Default: the system's */
  readonly clock?: Clock;
}

export interface Retry {
  readonly error: CallError;
  readonly retryInMs: number;
}

/**
 * Makes a call that may be made more than once, and makes it again where it failed for a reason that passes: the connection
 * was cut, the server is about to go or cannot write, or it said when to come again. Throws a `CallError`.
 */
export async function repeat<T>(
  call: (options: { signal?: AbortSignal; timeoutMs: number }) => Promise<T>,
  options: RepeatOptions = {},
): Promise<T> {
  const { signal, timeoutMs = defaultTimeoutMs, onRetry = () => {}, clock = systemClock } = options;
  const backoff = new Backoff(options.backoff);
  let leftMs = timeoutMs > 0 ? timeoutMs : Number.POSITIVE_INFINITY;
  const endsAtMs = clock.monotonic() + leftMs;
  for (;;) {
    try {
      const callMs = Number.isFinite(leftMs) ? Math.ceil(leftMs) : 0;
      return await call({ ...(signal && { signal }), timeoutMs: callMs });
    } catch (thrown) {
      const error = new CallError(thrown);
      const retryInMs = backoff.next(error.retryAfterMs);
      const isTooLate = clock.monotonic() + retryInMs >= endsAtMs;
      if (signal?.aborted || isTooLate || !isRetryable(error)) throw error;
      onRetry({ error, retryInMs });
      await sleep(clock, retryInMs, { signal });
      // A timer can be late, and a call with no time left would be one without a deadline.
      leftMs = endsAtMs - clock.monotonic();
      if (leftMs <= 0) throw error;
    }
  }
}

/** A call that the service itself refused is made again only where it says that this helps. */
function isRetryable({ code, reason, retryAfterMs, cause }: CallError): boolean {
  if (isClientDisposed(cause) || isTlsFault(cause)) return false;
  return reason === "" ? cuts.has(code) : retryAfterMs !== undefined || passingReasons.has(reason);
}

/** What a connection that was cut, or never came about, is told as. */
const cuts: ReadonlySet<string> = new Set(["UNAVAILABLE", "ABORTED", "CANCELLED", "INTERNAL", "UNKNOWN"]);
const passingReasons: ReadonlySet<string> = new Set(["DRAINING", "STORE_UNAVAILABLE"]);
