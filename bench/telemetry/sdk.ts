import { propagation, trace } from "@opentelemetry/api";
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

/** By the share of traces that they record: each is made once, as it would be for the life of a process. */
const providers = new Map<number, NodeTracerProvider>();

/** Gives this process an SDK that records such a share of all traces, and sends them nowhere; undefined: it has none. */
export function useSdk(share: number | undefined): void {
  trace.disable();
  if (share === undefined) return;
  const provider = providers.get(share) ?? createProvider(share);
  providers.set(share, provider);
  propagation.disable();
  provider.register({ contextManager: null });
}

function createProvider(share: number): NodeTracerProvider {
  const sampler = new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(share) });
  return new NodeTracerProvider({ sampler, spanProcessors: [new BatchSpanProcessor(nowhere)] });
}
