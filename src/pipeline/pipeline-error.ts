import type { PipelineStats } from "./pipeline.ts";

/** A handler or the source of a pipeline threw. `cause` is what it threw. */
export class PipelineError extends Error {
  readonly code = "PIPELINE_FAILED";
  /** The name of the stage that threw. */
  readonly stage: string;
  /** The counts at that moment. */
  readonly stats: PipelineStats;

  constructor(stage: string, { stats, cause }: { readonly stats: PipelineStats; readonly cause: unknown }) {
    super(`Pipeline failed in ${stage}: ${textOf(cause)}`, { cause });
    this.name = "PipelineError";
    this.stage = stage;
    this.stats = stats;
  }
}

/** It never throws, whatever was thrown. */
function textOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message || thrown.name : String(thrown);
  } catch {
    // A message or a `toString` of the handler's own that throws.
    return "a value that cannot be described";
  }
}
