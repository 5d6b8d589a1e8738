import type { PipelineStats, StageStats } from "./pipeline.ts";

/** Fits `ctx.progress()` of a job. */
export interface PipelineProgress {
  readonly current: number;
  readonly total: number;
  readonly unit: string;
  readonly message: string;
}

export interface ProgressOptions {
  /** The stage whose items count; those that it is done with are `current`. Default: the source. */
  readonly stage?: string | undefined;
  /** How many items there will be. Default 0: not known. */
  readonly total?: number | undefined;
  /** What the items are. Default `""`. */
  readonly unit?: string | undefined;
}

/**
 * What a job can report of a pipeline's counts: how far it is, and of each stage how many items it has done, how many
 * wait and how many were dropped. Throws a `RangeError` for a stage that there is not.
 *
 * @example
 * await pipeline(rows).map(enrich).forEach(persist, {
 *   signal: ctx.signal,
 *   onProgress: (stats) => ctx.progress(progressOf(stats, { total: rows.length, unit: "rows" })),
 * });
 */
export function progressOf(stats: PipelineStats, options: ProgressOptions = {}): PipelineProgress {
  const { stage, total = 0, unit = "" } = options;
  const [source, ...stages] = stats.stages;
  const counted = stage === undefined ? source : stats.stages.find(({ name }) => name === stage);
  if (counted === undefined)
    throw new RangeError(`Cannot tell the progress of a stage that is not there: ${stage}`);
  return { current: counted.done, total, unit, message: shortened(stages.map(describe).join(", ")) };
}

function describe({ name, done, depth, dropped }: StageStats): string {
  const rest = [...(depth > 0 ? [`${depth} wait`] : []), ...(dropped > 0 ? [`${dropped} dropped`] : [])];
  return rest.length > 0 ? `${name} ${done} (${rest.join(", ")})` : `${name} ${done}`;
}

/** A job's progress takes no longer text. */
const longestMessage = 256;

function shortened(text: string): string {
  if (text.length <= longestMessage) return text;
  // Half of a pair, at the end, would be shown as a question mark.
  return `${text.slice(0, longestMessage - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
