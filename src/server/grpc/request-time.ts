import { Code } from "@connectrpc/connect";
import type { ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import type { Clock } from "../../async/clock.ts";
import { RenewableLimit } from "../../async/renewable-limit.ts";
import { withReason } from "../../rpc/errors.ts";
import { closeStream, type InterceptedCall } from "./grpc-js-internals.ts";
import { encodeStatus } from "./grpc-status.ts";

/**
 * How long the one request of a call may take to come in. grpc-js by itself waits for it for ever, and a connection can
 * have thousands of such calls. One timer looks after all of them, so that a call in time costs next to nothing.
 */
export class RequestTime implements Disposable {
  readonly #clock: Clock;
  readonly #requestMs: number;
  readonly #limit: RenewableLimit;
  /** Since when each call waits; who has waited for longest first. */
  readonly #waiting = new Map<InterceptedCall, number>();

  constructor(clock: Clock, requestMs: number) {
    this.#clock = clock;
    this.#requestMs = requestMs;
    this.#limit = new RenewableLimit(clock, () => this.#endLate());
  }

  /** For every method but those whose requests are a stream, which are the client's to end. */
  readonly interceptor: ServerInterceptor = ({ requestStream }, call) => {
    if (!requestStream) this.#watchOver(call);
    // An interceptor may return what it was given; only its declared type is narrower.
    return call as ServerInterceptingCall;
  };

  [Symbol.dispose](): void {
    this.#limit[Symbol.dispose]();
    this.#waiting.clear();
  }

  #watchOver(call: InterceptedCall): void {
    const start = call.start.bind(call);
    call.start = (listener) => {
      const complete = listener.onReceiveHalfClose.bind(listener);
      const cancel = listener.onCancel.bind(listener);
      listener.onReceiveHalfClose = () => {
        this.#waiting.delete(call);
        complete();
      };
      listener.onCancel = () => {
        this.#waiting.delete(call);
        cancel();
      };
      this.#waiting.set(call, this.#clock.monotonic());
      if (this.#waiting.size === 1) this.#limit.set(this.#requestMs);
      start(listener);
    };
  }

  #endLate(): void {
    const nowMs = this.#clock.monotonic();
    for (const [call, sinceMs] of this.#waiting) {
      const leftMs = sinceMs + this.#requestMs - nowMs;
      if (leftMs > 0) {
        this.#limit.set(leftMs);
        return;
      }
      this.#waiting.delete(call);
      call.sendStatus(encodeStatus(tooSlow()));
      closeStream(call);
    }
  }
}

function tooSlow() {
  return withReason("The request did not come in time", Code.DeadlineExceeded, "NOT_APPLIED");
}
