import { trace } from "@opentelemetry/api";
import {
  BatchSpanProcessor,
  NodeTracerProvider,
  ParentBasedSampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
} from "@opentelemetry/sdk-trace-node";

const nowhere: SpanExporter = {
  export: (_spans, done) => done({ code: 0 }),
  shutdown: async () => {},
};

/** Gives this process an SDK that records such a share of all traces, and sends them nowhere; undefined: it has none. */
export function useSdk(share: number | undefined): void {
  trace.disable();
  if (share === undefined) return;
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) });
  new NodeTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(nowhere)] }).register();
}
