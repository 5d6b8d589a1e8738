/**
 * Where something stands in a trace, in the words of W3C's Trace Context: plain data, so that an engine can keep it and
 * send it elsewhere.
 */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** One byte; its lowest bit says that the trace is recorded. */
  readonly flags: number;
  /** What others on the way have added (`tracestate`); unset where nobody has. */
  readonly state?: string | undefined;
}

/** True where somebody will see it; else it is only passed on. */
export function isRecorded({ flags }: TraceContext): boolean {
  return (flags & 1) === 1;
}

/** As the header `traceparent` has it, and the environment variable of that name. */
export function traceparentOf({ traceId, spanId, flags }: TraceContext): string {
  return `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, "0")}`;
}
