import { trace } from "@opentelemetry/api";
import type { JobContext } from "../../src/runner/job-context.ts";

/** Tells whether what is traced here would belong to the run. */
export const run = ({ traceparent }: JobContext) => {
  const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
  return traceparent === `00-${traceId}-${spanId}-01`
    ? "a part of the run"
    : `${traceparent}, not ${traceId}`;
};
