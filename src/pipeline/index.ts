/** The public surface of `jobcontrol/pipeline`. */
export type { Clock, Timer } from "../async/clock.ts";
export { type PipelineOptions, pipeline } from "./create-pipeline.ts";
export type {
  BatchOptions,
  FanOutHandler,
  FanOutHandlers,
  Handler,
  Item,
  OrderedStageOptions,
  Pipeline,
  PipelineStats,
  RunOptions,
  Sequence,
  Source,
  StageContext,
  StageOptions,
  StageStats,
} from "./pipeline.ts";
export { PipelineError } from "./pipeline-error.ts";
export { type PipelineProgress, type ProgressOptions, progressOf } from "./progress.ts";
