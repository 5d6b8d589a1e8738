import type { Config } from "./server/configuration/define-config.ts";
import type { EmbeddingOptions, JobControl, ServedJobControl } from "./server/embedded/create-job-control.ts";

/**
 * What a `jobcontrol.config.ts` needs, and what a program that has its jobs inside. Other doors: `jobcontrol/channel`,
 * `jobcontrol/pipeline`, `jobcontrol/client`, `jobcontrol/testing`.
 */
export type { AttemptFailure, JobContext, JobFunction, ProgressUpdate } from "./runner/job-context.ts";
export { type Config, defineConfig } from "./server/configuration/define-config.ts";
export type { EmbeddingOptions, JobControl, ServedJobControl } from "./server/embedded/create-job-control.ts";

/**
 * Runs jobs inside of this program, without a server: the same configuration, the same calls, the same promises. Rejects
 * with an error that names what is wrong with the configuration or the store.
 *
 * @example
 * await using jobcontrol = await createJobControl({ types: { greet: { run: (ctx) => `Hello ${ctx.jobId}` } } });
 * await jobcontrol.jobs.start({ jobId: "greet" });
 */
export async function createJobControl(config: Config, options?: EmbeddingOptions): Promise<JobControl> {
  // Only who needs it waits for the whole of it to be loaded: a module of jobs does not.
  const { createJobControl: create } = await import("./server/embedded/create-job-control.ts");
  return create(config, options);
}

/** As `createJobControl`, and opens the port that the configuration names: any gRPC client can call then. */
export async function serveJobControl(config: Config, options?: EmbeddingOptions): Promise<ServedJobControl> {
  const { serveJobControl: serve } = await import("./server/embedded/create-job-control.ts");
  return serve(config, options);
}
