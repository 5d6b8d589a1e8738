import type { MessageInitShape } from "@bufbuild/protobuf";
import type {
  WatchStatusRequestSchema,
  WatchStatusResponse,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { WatchStatusResponse_Kind as Kind } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { sleep } from "../../async/abort.ts";
import { systemClock } from "../../async/clock.ts";
import { Backoff, type BackoffOptions } from "../../client/backoff.ts";
import { CallError } from "../../client/call-error.ts";
import type { JobControlClient } from "../../client/client.ts";
import { isResumable } from "../../client/resumable.ts";
import { placeOf } from "../call-error.ts";
import { CliError, exitCode } from "../exit-code.ts";
import type { WatchView } from "../output/watch-view.ts";
import type { Server } from "../server/server.ts";

type WatchInit = MessageInitShape<typeof WatchStatusRequestSchema>;

export interface FollowOptions {
  /** Ends the watch: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A watch of one stream, which ends its call when the loop over it ends, and that notices when the stream was cut. */
export async function* followOnce(
  client: JobControlClient,
  request: WatchInit,
  { signal }: FollowOptions,
): AsyncGenerator<WatchStatusResponse, void> {
  const call = new AbortController();
  const either = signal === undefined ? call.signal : AbortSignal.any([signal, call.signal]);
  try {
    for await (const message of client.jobs.watchStatus(request, { signal: either, timeoutMs: 0 })) {
      yield message;
      if (message.kind === Kind.CLOSING) return;
    }
  } finally {
    call.abort();
  }
  throw new CliError(exitCode.unavailable, "The watch was cut off");
}

/**
 * What streams bring that are opened one after the other, each where the one before was cut, until one has told all. Throws
 * where asking again would not help. `open` is called again for each of them.
 */
export async function* followAgain<T>(
  open: () => AsyncIterable<T>,
  interruptions: Interruptions,
  { signal }: FollowOptions,
): AsyncGenerator<T, void> {
  const waits = new Backoff(backoff);
  for (;;) {
    let heardAtMs: number | undefined;
    try {
      for await (const message of open()) {
        heardAtMs ??= systemClock.monotonic();
        interruptions.heard();
        yield message;
      }
      interruptions.heard();
      return;
    } catch (thrown) {
      signal?.throwIfAborted();
      if (!isResumable(thrown)) throw thrown;
      interruptions.lost({ error: new CallError(thrown) });
    }
    if (heardAtMs !== undefined) waits.lasted(systemClock.monotonic() - heardAtMs);
    await sleep(systemClock, waits.next(), { signal });
  }
}

/** A person waits, and knows when the server is there again: no longer than this between two tries. */
export const backoff: BackoffOptions = { maxMs: 3000 };

/** Tells when a watch has lost its server, and when it has it again. */
export class Interruptions {
  readonly #place: string;
  readonly #view: Pick<WatchView, "tell">;
  #hasBegun: boolean;
  #isLost = false;

  /** A watch that has not begun is not taken up again: who asks in vain wants to know at once. */
  constructor(server: Server, view: Pick<WatchView, "tell">, { hasBegun = false } = {}) {
    this.#place = placeOf(server);
    this.#view = view;
    this.#hasBegun = hasBegun;
  }

  /** For the client's `onInterrupted`. Throws what it was given where the watch has not begun yet. */
  readonly lost = ({ error }: { readonly error?: Error | undefined }): void => {
    if (!this.#hasBegun)
      throw error ?? new CliError(exitCode.unavailable, `${this.#place} has ended the watch`);
    if (!this.#isLost) this.#view.tell(`Lost the service at ${this.#place}: waiting for it`);
    this.#isLost = true;
  };

  /** A message has come, or that there is no other. */
  readonly heard = (): void => {
    if (this.#isLost) this.#view.tell(`The service at ${this.#place} is back`);
    this.#isLost = false;
    this.#hasBegun = true;
  };
}
