import { execPath } from "node:process";
import { trace } from "@opentelemetry/api";
import { ReplyMode } from "../../gen/jobcontrol/v1/command_pb.ts";
import {
  WatchStatusResponse_Kind as Kind,
  WatchStatusRequest_Until as Until,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { createJobControlClient, type JobControlClient } from "../../src/client/index.ts";
import { type Config, type ServedJobControl, serveJobControl } from "../../src/index.ts";
import { quietLog } from "../interop/test-server.ts";

/** A server with its port open, whose jobs tell what they see of their traces, and a client of it. */
export class TracedServer implements AsyncDisposable {
  readonly server: ServedJobControl;
  readonly client: JobControlClient;

  static async start(over: Partial<Config> = {}): Promise<TracedServer> {
    return new TracedServer(await serveJobControl({ ...tracedConfig, ...over }, { log: quietLog }));
  }

  private constructor(server: ServedJobControl) {
    this.server = server;
    this.client = createJobControlClient({ address: server.address });
  }

  get jobs(): JobControlClient["jobs"] {
    return this.client.jobs;
  }

  /** Follows a job until it is settled. */
  async ended(jobId: string): Promise<JobStatus | undefined> {
    let last: JobStatus | undefined;
    for await (const { status } of this.jobs.watchStatus({ jobIds: [jobId], until: Until.ALL_SETTLED }))
      last = status ?? last;
    return last;
  }

  /** Follows a job until so many of its runs have ended. */
  async hasRun(jobId: string, runs: number): Promise<void> {
    const call = new AbortController();
    for await (const { status } of this.jobs.watchStatus({ jobIds: [jobId] }, { signal: call.signal }))
      if (Number(status?.counters?.succeeded ?? 0) >= runs) break;
    call.abort();
  }

  /** Has a Start accepted, which waits for its token then. */
  async accept(jobId: string, headers: Readonly<Record<string, string>> = {}): Promise<string | undefined> {
    const { receipt } = await this.jobs.start({ jobId, replyMode: ReplyMode.ACCEPTED }, { headers });
    return receipt?.commandId;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.client[Symbol.dispose]();
    await this.server[Symbol.asyncDispose]();
  }
}

export { Kind };

const printed = "console.log(process.env.TRACEPARENT, process.env.TRACESTATE)";

export const tracedConfig: Config = {
  store: "memory:",
  listen: "127.0.0.1:0",
  types: {
    greet: { run: ({ jobId }) => `Hello ${jobId}` },
    fails: {
      run: () => Promise.reject(new RangeError("no such customer")),
      retry: { maxAttempts: 2, initialInterval: "10ms" },
    },
    forever: { run: ({ sleep }) => sleep(1_000_000) },
    alone: { run: ({ sleep }) => sleep(1_000_000), concurrency: 1, template: true },
    traced: {
      run: ({ traceparent }) =>
        trace.getTracer("job").startActiveSpan("step", (span) => {
          span.end();
          return { traceparent: traceparent ?? null };
        }),
    },
    program: { process: { command: [execPath, "-e", printed] } },
    thread: { thread: new URL("traced-thread.ts", import.meta.url).pathname },
    often: { run: () => "again", schedule: { interval: "10ms" } },
  },
};
