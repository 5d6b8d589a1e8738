/** One metric as Prometheus has it: what it is called, what it means, and how it is read. */
export interface MetricDefinition<Source> {
  readonly name: string;
  readonly help: string;
  readonly type: "counter" | "gauge" | "histogram";
  /** The names of its labels. All of their values are words of this program, or names that the operator declared. */
  readonly labels: readonly string[];
  readonly read: (source: Source) => readonly Sample[];
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of a histogram: which of its series it belongs to. */
  readonly series?: "bucket" | "sum" | "count";
}

/** What a histogram shows of itself. */
export interface Distribution {
  readonly bounds: readonly number[];
  readonly sum: number;
  cumulative(): readonly number[];
}

/** A histogram as the samples that Prometheus takes. */
export function samplesOf(histogram: Distribution, labels: Sample["labels"] = {}): readonly Sample[] {
  const counts = histogram.cumulative();
  const total = counts.at(-1) ?? 0;
  return [
    ...counts.map((value, at) => ({
      labels: { le: at < histogram.bounds.length ? String(histogram.bounds[at]) : "+Inf", ...labels },
      value,
      series: "bucket" as const,
    })),
    { labels, value: histogram.sum, series: "sum" },
    { labels, value: total, series: "count" },
  ];
}

/** A metric without labels. */
export function single(value: number): readonly Sample[] {
  return [{ labels: {}, value }];
}
