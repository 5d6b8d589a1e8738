import { create } from "@bufbuild/protobuf";
import { durationFromMs, durationMs } from "@bufbuild/protobuf/wkt";
import { type Client, Code, ConnectError } from "@connectrpc/connect";
import {
  WatchStatusResponse_CloseReason as CloseReason,
  type JobControlService,
  WatchStatusResponse_Kind as Kind,
  type WatchStatusRequest,
  WatchStatusRequestSchema,
  type WatchStatusResponse,
  WatchStatusResponseSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { onAbort, sleep } from "../async/abort.ts";
import { type Clock, systemClock, type Timer } from "../async/clock.ts";
import { Backoff, type BackoffOptions } from "./backoff.ts";
import { CallError } from "./call-error.ts";
import { isResumable } from "./resumable.ts";
import { type WatchInit, WatchPosition } from "./watch-position.ts";

export interface WatchOptions {
  /** Ends the watch: the loop over it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** The waits before it is taken up again. */
  readonly backoff?: BackoffOptions;
  /** Told each time that the stream was cut, with why (unset: it ended without a word) and when it is taken up again. */
  readonly onInterrupted?: (interruption: Interruption) => void;
  /** Default: the system's */
  readonly clock?: Clock;
}

export interface Interruption {
  readonly error?: CallError | undefined;
  readonly retryInMs: number;
}

type Watchable = Pick<Client<typeof JobControlService>, "watchStatus">;

/**
 * A watch that outlives its streams. Where one is cut, falls silent (nothing for twice the bookmark interval) or is closed
 * by a server that goes, it is taken up by its token: the loop sees each job in order, without gap or repetition. What
 * cannot be taken up begins with RESET and a new snapshot, also where a first snapshot was cut. It ends with CLOSING when
 * `until` is met or `max_changes` have come, and throws a `CallError` where asking again would not help.
 *
 * Leaving the loop, or the signal, ends its call at once.
 *
 * @example
 * for await (const { kind, status } of watchStatus(client.jobs, { jobIds: ["disk-report"] })) console.log(kind, status);
 */
export async function* watchStatus(
  jobs: Watchable,
  request: WatchInit = {},
  options: WatchOptions = {},
): AsyncGenerator<WatchStatusResponse, void> {
  const { signal, onInterrupted = () => {}, clock = systemClock } = options;
  const backoff = new Backoff(options.backoff);
  const asked = create(WatchStatusRequestSchema, { ...request });
  asked.bookmarkInterval ??= defaultBookmarkInterval;
  const position = new WatchPosition(asked);
  const silenceMs = 2 * durationMs(asked.bookmarkInterval);
  for (;;) {
    let closing: WatchStatusResponse | undefined;
    let error: CallError | undefined;
    let heardAtMs: number | undefined;
    try {
      for await (const message of stream(jobs, position.request, { signal, silenceMs, clock })) {
        heardAtMs ??= clock.monotonic();
        position.told(message);
        closing = message.kind === Kind.CLOSING ? message : undefined;
        if (closing === undefined || isEnd(closing)) yield message;
        if (closing !== undefined) break;
      }
    } catch (thrown) {
      signal?.throwIfAborted();
      error = new CallError(thrown);
      if (closing === undefined && !isResumable(thrown)) throw error;
    }
    if ((closing !== undefined && isEnd(closing)) || position.isComplete) return;
    if (heardAtMs !== undefined) backoff.lasted(clock.monotonic() - heardAtMs);
    const toldMs = error?.retryAfterMs ?? (closing?.reconnectAfter && durationMs(closing.reconnectAfter));
    const retryInMs = backoff.next(toldMs);
    onInterrupted({ error, retryInMs });
    await sleep(clock, retryInMs, { signal });
    if (position.beginsAnew) {
      const reset = create(WatchStatusResponseSchema, { kind: Kind.RESET });
      position.toldReset();
      yield reset;
    }
  }
}

interface StreamOptions {
  readonly signal: AbortSignal | undefined;
  /** A stream that says nothing for so long is taken for dead. */
  readonly silenceMs: number;
  readonly clock: Clock;
}

/** One stream, whose call ends with the loop over it. While its reader is at work, its silence is not the stream's. */
async function* stream(
  jobs: Watchable,
  request: WatchStatusRequest,
  { signal, silenceMs, clock }: StreamOptions,
): AsyncGenerator<WatchStatusResponse, void> {
  const call = new AbortController();
  const off = onAbort(signal, () => call.abort(signal?.reason));
  const end = () => call.abort(new ConnectError("The stream fell silent", Code.Unavailable));
  let timer: Timer | undefined;
  try {
    const messages = jobs.watchStatus(request, { signal: call.signal, timeoutMs: 0 })[Symbol.asyncIterator]();
    for (;;) {
      timer = clock.setTimer(silenceMs, end);
      const { done, value } = await messages.next();
      timer.cancel();
      if (done) return;
      yield value;
    }
  } finally {
    // Not left to a loop: that would first wait for the call to end, and it ends by this.
    timer?.cancel();
    off();
    call.abort();
  }
}

/** What was asked for has come: the server has nothing more to tell. */
function isEnd({ closeReason }: WatchStatusResponse): boolean {
  return closeReason === CloseReason.UNTIL_MET || closeReason === CloseReason.MAX_CHANGES;
}

/** The server's own where its configuration says nothing. It is asked for, so that both sides know of it. */
const defaultBookmarkInterval = durationFromMs(15_000);
