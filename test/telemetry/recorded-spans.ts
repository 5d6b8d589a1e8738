import {
  InMemorySpanExporter,
  NodeTracerProvider,
  type ReadableSpan,
  type Sampler,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-node";
import type { TraceContext } from "../../src/job/trace.ts";

/** The real SDK, registered for the whole process; what it would send is kept here. */
export class RecordedSpans {
  readonly provider: NodeTracerProvider;
  readonly #exporter = new InMemorySpanExporter();

  /** `sampler`: by default all is recorded that the caller does not leave out. */
  constructor({ sampler }: { readonly sampler?: Sampler } = {}) {
    const spanProcessors = [new SimpleSpanProcessor(this.#exporter)];
    this.provider = new NodeTracerProvider({ spanProcessors, ...(sampler && { sampler }) });
    this.provider.register();
  }

  /** Those that have ended, in that order. */
  get all(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans();
  }

  get names(): readonly string[] {
    return this.all.map(({ name }) => name);
  }

  forget(): void {
    this.#exporter.reset();
  }

  /** The only span of this name that has ended. */
  only(name: string): ReadableSpan {
    const [span, ...others] = this.all.filter((each) => each.name === name);
    if (span === undefined || others.length > 0)
      throw new Error(
        `${others.length + (span ? 1 : 0)} spans of the name ${name}: ${this.names.join(", ")}`,
      );
    return span;
  }
}

type Ids = Pick<TraceContext, "traceId" | "spanId">;

export function idsOf(span: Pick<ReadableSpan, "spanContext"> | undefined): Ids {
  if (span === undefined) throw new Error("No such span");
  const { traceId, spanId } = span.spanContext();
  return { traceId, spanId };
}

/** What a span is linked to. */
export function linksOf(span: ReadableSpan | undefined): readonly Ids[] | undefined {
  return span?.links.map(({ context: { traceId, spanId } }) => ({ traceId, spanId }));
}

/** Of a span that is recorded. */
export function traceparentOf(span: ReadableSpan): string {
  const { traceId, spanId } = idsOf(span);
  return `00-${traceId}-${spanId}-01`;
}
