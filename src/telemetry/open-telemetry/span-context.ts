import {
  type Context,
  createTraceState,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import type { TraceContext } from "../../job/trace.ts";

/** Where a span stands, as what is not OpenTelemetry passes it on. */
export function contextOf(span: Span): TraceContext {
  const { traceId, spanId, traceFlags: flags, traceState } = span.spanContext();
  return traceState === undefined
    ? { traceId, spanId, flags }
    : { traceId, spanId, flags, state: traceState.serialize() };
}

/** The same in OpenTelemetry's words; it may lie in another process. */
export function spanContextOf({ traceId, spanId, flags, state }: TraceContext): SpanContext {
  const known = { traceId, spanId, traceFlags: flags, isRemote: true };
  return state === undefined ? known : { ...known, traceState: createTraceState(state) };
}

/** Of what begins below it. */
export function contextIn(parent: TraceContext): Context {
  return trace.setSpanContext(ROOT_CONTEXT, spanContextOf(parent));
}
