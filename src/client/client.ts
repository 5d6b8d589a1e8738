import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { Sessions } from "./sessions.ts";

export interface ClientOptions {
  /** `host:port` */
  readonly address: string;
  /** Deadline of calls that bring none of their own, in milliseconds. Default: none */
  readonly timeoutMs?: number | undefined;
}

export interface JobControlClient extends Disposable {
  /** The calls of `jobcontrol.v1.JobControlService`. A stream that is left early needs its signal aborted. */
  readonly jobs: Client<typeof JobControlService>;
  /** The calls of `jobcontrol.v1.AdminService`, for operators. */
  readonly admin: Client<typeof AdminService>;
  /** Closes the connection; calls that are under way fail. */
  [Symbol.dispose](): void;
}

/**
 * Creates a typed client over gRPC. It connects with its first call.
 *
 * @example
 * using client = createJobControlClient({ address: "127.0.0.1:50051" });
 * const { status } = await client.jobs.start({ jobId: "disk-report" });
 */
export function createJobControlClient({ address, timeoutMs }: ClientOptions): JobControlClient {
  const baseUrl = `http://${address}`;
  const sessions = new Sessions(baseUrl);
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: sessions,
    ...(timeoutMs && { defaultTimeoutMs: timeoutMs }),
  });
  return {
    jobs: createClient(JobControlService, transport),
    admin: createClient(AdminService, transport),
    [Symbol.dispose]: () => sessions.abort(),
  };
}
