import type { TraceContext } from "../job/trace.ts";

/** What a line of the log says of the trace that it belongs to, under the same names everywhere. */
export function traceFields(trace: TraceContext | undefined): object {
  return trace === undefined ? {} : { traceId: trace.traceId, spanId: trace.spanId };
}
