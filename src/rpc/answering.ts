import type { HandlerContext } from "@connectrpc/connect";
import { type Clock, systemClock } from "../async/clock.ts";
import type { Call } from "../control/job-control.ts";
import { ContextCall } from "./call.ts";
import { type OnBug, toConnectError } from "./errors.ts";
import { mapStream } from "./map-stream.ts";

export interface ServiceOptions {
  readonly clock?: Clock;
  readonly onBug?: OnBug;
}

/** How every service asks the core: with the call in the core's form, and with all that is thrown a `ConnectError`. */
export function createAnswering({ clock = systemClock, onBug = () => {} }: ServiceOptions): Answering {
  const fault = (error: unknown) => toConnectError(error, onBug);
  return {
    async answer(context, ask) {
      try {
        return await ask(new ContextCall(context, clock));
      } catch (error) {
        throw fault(error);
      }
    },

    stream(context, ask, each) {
      try {
        return mapStream(ask(new ContextCall(context, clock)), { each, error: fault });
      } catch (error) {
        throw fault(error);
      }
    },
  };
}

export interface Answering {
  answer<T>(context: HandlerContext, ask: (call: Call) => T | Promise<T>): Promise<T>;
  /** Each message that the core gives, as `each` encodes it. */
  stream<T, U>(
    context: HandlerContext,
    ask: (call: Call) => AsyncIterable<T>,
    each: (message: T) => U,
  ): AsyncIterable<U>;
}
