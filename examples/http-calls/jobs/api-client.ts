import { setTimeout as sleep } from "node:timers/promises";

export interface ApiOptions {
  readonly url: string;
  /** Sent with every call, as a bearer token. */
  readonly key: string;
  /** How long one try may take, its body included. */
  readonly timeoutMs: number;
  /** How often a call is tried at most, the first time included. */
  readonly maxTries: number;
}

/** A call that came to nothing. The others are not concerned. */
export class CallFailure extends Error {
  /** Whether another try may succeed. */
  readonly isPassing: boolean;

  constructor(message: string, options: { readonly isPassing: boolean; readonly cause?: Error }) {
    super(message, options);
    this.isPassing = options.isPassing;
  }
}

const firstWaitMs = 200;
const longestPauseMs = 60_000;

/**
 * Gets JSON from an API. What may pass by itself is tried again, each time after a longer wait. When the API asks for a pause,
 * by 429 or 503 with Retry-After, nobody calls it before that is over. How many calls are under way is up to the caller.
 */
export class ApiClient {
  readonly #options: ApiOptions;
  #pausedUntilMs = 0;
  /** Calls that the API is at work on, and those that were not the first try. */
  inFlight = 0;
  retries = 0;

  constructor(options: ApiOptions) {
    this.#options = options;
  }

  /** What is left of the pause that the API has asked for, if any. */
  get pauseMs(): number {
    return Math.max(0, this.#pausedUntilMs - performance.now());
  }

  /**
   * Throws a `CallFailure` where the trouble is with this call; what it throws else concerns all of them.
   * Cancellation: the call is broken off, and it rejects with the signal's reason.
   */
  async get(path: string, { signal }: { readonly signal: AbortSignal }): Promise<unknown> {
    for (let tries = 1; ; tries++) {
      await this.#waitForPause(signal);
      try {
        return await this.#try(path, signal);
      } catch (error) {
        if (!(error instanceof CallFailure) || !error.isPassing) throw error;
        if (tries === this.#options.maxTries) throw givenUp(error, tries);
      }
      this.retries++;
      await sleep(firstWaitMs * 2 ** (tries - 1) * (0.8 + 0.4 * Math.random()), undefined, { signal });
    }
  }

  async #try(path: string, signal: AbortSignal): Promise<unknown> {
    const { url, key, timeoutMs } = this.#options;
    const limit = AbortSignal.timeout(timeoutMs);
    this.inFlight++;
    try {
      const response = await fetch(new URL(path, url), {
        headers: { authorization: `Bearer ${key}` },
        // The key is for nobody else.
        redirect: "manual",
        signal: AbortSignal.any([signal, limit]),
      });
      if (response.ok) return await response.json();
      await response.body?.cancel();
      throw this.#refusal(response);
    } catch (error) {
      signal.throwIfAborted();
      if (limit.aborted) throw new CallFailure(`no answer within ${timeoutMs} ms`, { isPassing: true });
      throw failureOf(error);
    } finally {
      this.inFlight--;
    }
  }

  /** What to throw for an answer that is no success. A pause that it asks for begins. */
  #refusal({ status, statusText, headers }: Response): Error {
    const message = `${status} ${statusText}`;
    if (status === 401 || status === 403) return new Error(`The API does not take the key: ${message}`);
    const pauseMs = status === 429 || status === 503 ? retryAfterMs(headers.get("retry-after")) : 0;
    if (pauseMs > longestPauseMs)
      return new Error(`The API asks for a pause of ${pauseMs / 1000} s: ${message}`);
    this.#pausedUntilMs = Math.max(this.#pausedUntilMs, performance.now() + pauseMs);
    return new CallFailure(message, { isPassing: status === 429 || status === 408 || status >= 500 });
  }

  async #waitForPause(signal: AbortSignal): Promise<void> {
    // Another answer may have made it longer meanwhile. Timers may fire a moment early.
    while (this.pauseMs > 0) await sleep(Math.ceil(this.pauseMs), undefined, { signal });
  }
}

/** Milliseconds of a Retry-After, which is in seconds, or a date. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  const ms = /^\d+$/.test(header) ? Number(header) * 1000 : Date.parse(header) - Date.now();
  return ms > 0 ? ms : 0;
}

function failureOf(error: unknown): unknown {
  if (error instanceof SyntaxError) return new CallFailure("the answer is no JSON", { isPassing: false });
  // How `fetch` says that there was no answer.
  if (!(error instanceof TypeError) || !(error.cause instanceof Error)) return error;
  return new CallFailure(error.cause.message, { isPassing: true, cause: error.cause });
}

/** Where nobody can be reached, all of the calls would come to nothing in the same way. */
function givenUp({ message, cause }: CallFailure, tries: number): Error {
  const isUnreachable = cause instanceof Error && "syscall" in cause && unreachable.has(cause.syscall);
  if (isUnreachable) return new Error(`The API cannot be reached: ${message}`);
  return new CallFailure(`${message} (${tries} tries)`, { isPassing: false });
}

/** What failed where there is no server, and where its name is not known. */
const unreachable = new Set<unknown>(["connect", "getaddrinfo"]);
