import { Code } from "@connectrpc/connect";
import type { ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import type { Clock } from "../../async/clock.ts";
import { withReason } from "../../rpc/errors.ts";
import { CallsInTime } from "./calls-in-time.ts";
import { closeStream, cutOff, type InterceptedCall } from "./grpc-js-internals.ts";
import { encodeStatus } from "./grpc-status.ts";

/**
 * How long the one request of a call may take to come in, and its one answer to be taken. grpc-js by itself waits for both for
 * ever, and a connection can have thousands of such calls. What is a stream takes its time: its reader is waited for, and
 * holds next to nothing.
 */
export class CallTime implements Disposable {
  readonly #requests: CallsInTime;
  readonly #answers: CallsInTime;

  constructor({ clock, requestMs, answerMs }: CallTimeOptions) {
    this.#requests = new CallsInTime({ clock, ms: requestMs, onLate: refuse });
    this.#answers = new CallsInTime({ clock, ms: answerMs, onLate: cutOff });
  }

  readonly interceptor: ServerInterceptor = ({ requestStream, responseStream }, call) => {
    if (!requestStream) this.#watchOver(call, responseStream);
    // An interceptor may return what it was given; only its declared type is narrower.
    return call as ServerInterceptingCall;
  };

  [Symbol.dispose](): void {
    this.#requests[Symbol.dispose]();
    this.#answers[Symbol.dispose]();
  }

  #watchOver(call: InterceptedCall, responseStream: boolean): void {
    let isOver = false;
    const start = call.start.bind(call);
    call.start = (listener) => {
      const complete = listener.onReceiveHalfClose.bind(listener);
      const cancel = listener.onCancel.bind(listener);
      listener.onReceiveHalfClose = () => {
        this.#requests.end(call);
        complete();
      };
      // Also once all of the answer is on its way.
      listener.onCancel = () => {
        isOver = true;
        this.#requests.end(call);
        this.#answers.end(call);
        cancel();
      };
      this.#requests.begin(call);
      start(listener);
    };
    if (responseStream) return;
    const send = call.sendMessage.bind(call);
    call.sendMessage = (message, sent) => {
      // Who has gone takes nothing, and is waited for by nobody.
      if (!isOver) this.#answers.begin(call);
      send(message, sent);
    };
  }
}

export interface CallTimeOptions {
  readonly clock: Clock;
  readonly requestMs: number;
  readonly answerMs: number;
}

function refuse(call: InterceptedCall): void {
  const tooSlow = withReason("The request did not come in time", Code.DeadlineExceeded, "NOT_APPLIED");
  call.sendStatus(encodeStatus(tooSlow));
  closeStream(call);
}
