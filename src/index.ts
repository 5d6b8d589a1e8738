/**
 * What a `jobcontrol.config.ts` needs. Other doors: `jobcontrol/channel`, `jobcontrol/pipeline`, `jobcontrol/client`,
 * `jobcontrol/testing`.
 */
export type { JobContext, JobFunction, ProgressUpdate } from "./runner/job-context.ts";
export { type Config, defineConfig } from "./server/configuration/define-config.ts";
