import type { ConnectError, HandlerContext } from "@connectrpc/connect";
import { type Clock, systemClock } from "../async/clock.ts";
import type { Call } from "../control/job-control.ts";
import type { Tracing } from "../telemetry/tracing.ts";
import { ContextCall } from "./call.ts";
import { type FaultyCall, type OnBug, toConnectError } from "./errors.ts";
import { mapStream } from "./map-stream.ts";
import { spanUntilOpen } from "./span-until-open.ts";

export interface ServiceOptions {
  /** Why no call is taken right now; undefined while they are. Default: they always are */
  readonly closed?: () => ConnectError | undefined;
  readonly clock?: Clock;
  readonly onBug?: OnBug;
  readonly tracing?: Pick<Tracing, "callBegan">;
}

/** How every service asks the core: with the call in the core's form, and with all that is thrown a `ConnectError`. */
export function createAnswering({
  closed = () => undefined,
  clock = systemClock,
  onBug = () => {},
  tracing,
}: ServiceOptions): Answering {
  const assertOpen = () => {
    const refusal = closed();
    if (refusal !== undefined) throw refusal;
  };
  return {
    async answer(context, ask) {
      const span = tracing?.callBegan(context);
      try {
        assertOpen();
        const answer = await ask(new ContextCall(context, clock, span));
        span?.end(0);
        return answer;
      } catch (error) {
        const fault = toConnectError(error, (bug) => onBug(bug, faultyCall(context, span?.trace)));
        span?.end(fault.code);
        throw fault;
      }
    },

    stream(context, ask, each) {
      const span = tracing?.callBegan(context);
      const fault = (error: unknown) =>
        toConnectError(error, (bug) => onBug(bug, faultyCall(context, span?.trace)));
      try {
        assertOpen();
        const messages = mapStream(ask(new ContextCall(context, clock, span)), { each, error: fault });
        return span === undefined ? messages : spanUntilOpen(messages, span);
      } catch (error) {
        const refusal = fault(error);
        span?.end(refusal.code);
        throw refusal;
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

function faultyCall({ method }: HandlerContext, trace: Call["trace"]): FaultyCall {
  return { method: `${method.parent.typeName}/${method.name}`, trace };
}
