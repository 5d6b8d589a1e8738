import { WatchStatusRequest_Until as Until } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { serve } from "../cli/jobctl-process.ts";

/** An example, served as a reader would serve it, but on a free port and with its jobs in memory. */
export class ServedExample implements Disposable {
  readonly client: JobControlClient;

  static async start(folder: string): Promise<ServedExample> {
    const config = `examples/${folder}/jobcontrol.config.ts`;
    const { address } = await serve("--config", config, "--store", "memory:");
    return new ServedExample(createJobControlClient({ address }));
  }

  private constructor(client: JobControlClient) {
    this.client = client;
  }

  /** Runs a job to its end, and tells its status then. */
  async run(jobId: string, input = {}): Promise<JobStatus> {
    await this.client.jobs.start({ jobId, input });
    return this.done(jobId);
  }

  async done(jobId: string): Promise<JobStatus> {
    const request = { jobIds: [jobId], until: Until.CURRENT_RUN_DONE };
    for await (const _message of this.client.jobs.watchStatus(request));
    const { status } = await this.client.jobs.getStatus({ jobId, includeResult: true });
    if (status === undefined) throw new Error(`No status of ${jobId}`);
    return status;
  }

  /** Starts a job, and resolves with the first status for which `seen` is true. */
  async runUntil(jobId: string, input: object, seen: (status: JobStatus) => boolean): Promise<JobStatus> {
    await this.client.jobs.start({ jobId, input: { ...input } });
    const watch = new AbortController();
    try {
      for await (const { status } of this.client.jobs.watchStatus({ jobIds: [jobId] }, watch)) {
        if (status !== undefined && seen(status)) return status;
      }
    } finally {
      watch.abort();
    }
    throw new Error(`The watch of ${jobId} ended`);
  }

  /** What a job wrote in its last run. */
  async output(jobId: string): Promise<readonly string[]> {
    const texts: string[] = [];
    for await (const { lines } of this.client.jobs.watchOutput({ jobId })) {
      for (const { text } of lines) texts.push(text);
    }
    return texts;
  }

  [Symbol.dispose](): void {
    this.client[Symbol.dispose]();
  }
}
