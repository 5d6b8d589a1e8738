import { once } from "node:events";
import type { Call, GetStatusRequest, StatusReply } from "../../src/control/job-control.ts";
import type { WatchMessage, WatchRequest } from "../../src/control/watch/watch.ts";
import { FakeControl } from "./sample.ts";

/** Answers only when the call's signal has fired, with its reason as an error. A watch tells one bookmark before. */
export class WaitingControl extends FakeControl {
  readonly #begun = Promise.withResolvers<Call>();
  readonly #ended = Promise.withResolvers<unknown>();

  /** The call, once it has come. */
  get begun(): Promise<Call> {
    return this.#begun.promise;
  }

  /** Why the call ended. */
  get ended(): Promise<unknown> {
    return this.#ended.promise;
  }

  override async getStatus(_request: GetStatusRequest, call: Call): Promise<StatusReply> {
    return this.#wait(call);
  }

  override async *watch(_request: WatchRequest, call: Call): AsyncIterable<WatchMessage> {
    yield { kind: "bookmark", resumeToken: "e:1", serverTimeMs: 0 };
    await this.#wait(call);
  }

  async #wait(call: Call): Promise<never> {
    const { signal } = call;
    this.#begun.resolve(call);
    if (!signal.aborted) await once(signal, "abort");
    this.#ended.resolve(signal.reason);
    throw signal.reason;
  }
}
