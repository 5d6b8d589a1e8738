import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { AdminService } from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import {
  JobControlService,
  type WatchStatusResponse,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type Commands, createCommands } from "./commands.ts";
import { defaultTimeoutMs, withDeadlines } from "./deadlines.ts";
import type { WatchInit } from "./watch-position.ts";
import { type WatchOptions, watchStatus } from "./watch-status.ts";

/** A client on some transport: the commands made safely, the watch that resumes, and every call as it is. */
export interface TransportClient extends Commands {
  /** The calls of `jobcontrol.v1.JobControlService` as they are. A stream that is left early needs its signal aborted. */
  readonly jobs: Client<typeof JobControlService>;
  /** The calls of `jobcontrol.v1.AdminService`, for operators. */
  readonly admin: Client<typeof AdminService>;
  /** A watch that outlives its streams: see `watchStatus`. */
  watchStatus(request?: WatchInit, options?: WatchOptions): AsyncGenerator<WatchStatusResponse, void>;
}

export interface TransportClientOptions {
  /** Deadline of the calls that bring none of their own, streams apart, in milliseconds; 0: none. Default: 10 s */
  readonly timeoutMs?: number | undefined;
}

/**
 * Creates a client on a transport of connect: gRPC, Connect or gRPC-Web, in Node or in the browser.
 *
 * @example
 * const client = createClientOn(createConnectTransport({ baseUrl: "http://127.0.0.1:50051" }));
 */
export function createClientOn(
  transport: Transport,
  { timeoutMs = defaultTimeoutMs }: TransportClientOptions = {},
): TransportClient {
  const timely = withDeadlines(transport, timeoutMs);
  const jobs = createClient(JobControlService, timely);
  return {
    jobs,
    admin: createClient(AdminService, timely),
    ...createCommands(jobs, timeoutMs),
    watchStatus: (request, options) => watchStatus(jobs, request, options),
  };
}
