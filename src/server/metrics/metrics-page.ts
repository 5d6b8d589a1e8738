import { collectDefaultMetrics, type Metric, Registry } from "prom-client";
import { catalogue, type MetricSource } from "./catalogue.ts";
import type { MetricDefinition } from "./metric.ts";

/**
 * All metrics, as Prometheus reads them. Nothing is counted here: each scrape reads plain counters that are kept anyway.
 * The process' own figures (event loop, memory, collections, handles) are watched from when it is made.
 */
export class MetricsPage {
  readonly #registry = new Registry();
  readonly #read: () => MetricSource;

  constructor(read: () => MetricSource) {
    this.#read = read;
    collectDefaultMetrics({ register: this.#registry });
    for (const name of sumsNamedAsCounters) this.#registry.removeSingleMetric(name);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All of them as of one moment. */
  text(): Promise<string> {
    const source = this.#read();
    for (const definition of catalogue) {
      this.#registry.removeSingleMetric(definition.name);
      this.#registry.registerMetric(readMetric(definition, source));
    }
    return this.#registry.metrics();
  }

  [Symbol.dispose](): void {
    this.#registry.clear();
  }
}

/** Gauges of prom-client with names of counters. Each is the sum of the one that has no `_total`. */
const sumsNamedAsCounters = [
  "nodejs_active_resources_total",
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
];

/** A metric with the values of a moment. prom-client asks a metric for nothing but `get`. */
function readMetric(definition: MetricDefinition<MetricSource>, source: MetricSource): Metric {
  const { name, help, type, labels, read } = definition;
  const get = async () => ({
    name,
    help,
    type,
    aggregator: "sum",
    values: read(source).map(({ labels, value, series }) => ({
      labels,
      value,
      metricName: series === undefined ? name : `${name}_${series}`,
    })),
  });
  return { name, help, type, labelNames: labels, get, reset: () => {} } as unknown as Metric;
}
