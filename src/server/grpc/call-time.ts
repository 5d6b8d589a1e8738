import { Code } from "@connectrpc/connect";
import type { ServerInterceptingCall, ServerInterceptor } from "@grpc/grpc-js";
import type { Clock } from "../../async/clock.ts";
import { withReason } from "../../rpc/errors.ts";
import { CallsInTime, type Wait } from "./calls-in-time.ts";
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
    let answer: Wait | undefined;
    const begin = call.start.bind(call);
    const start: typeof begin = (listener) => {
      const complete = listener.onReceiveHalfClose.bind(listener);
      const cancel = listener.onCancel.bind(listener);
      const request = this.#requests.begin(call);
      const onReceiveHalfClose = () => {
        this.#requests.end(request);
        complete();
      };
      // Also once all of the answer is on its way.
      const onCancel = () => {
        isOver = true;
        this.#requests.end(request);
        this.#answers.end(answer);
        cancel();
      };
      listener.onReceiveHalfClose = onReceiveHalfClose;
      listener.onCancel = onCancel;
      begin(listener);
    };
    call.start = start;
    if (responseStream) return;
    const send = call.sendMessage.bind(call);
    const sendMessage: typeof send = (message, sent) => {
      // Who has gone takes nothing, and is waited for by nobody.
      if (!isOver) answer ??= this.#answers.begin(call);
      send(message, sent);
    };
    call.sendMessage = sendMessage;
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
