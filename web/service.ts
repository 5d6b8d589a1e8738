import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-web";
import { AdminService } from "../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../gen/jobcontrol/v1/job_control_service_pb.ts";
import { showToken } from "./sign-in/token.ts";

/**
 * The service that this page came from. A browser opens six connections to it, shared by all its pages; each open stream
 * holds one. A page has at most two: the watch of all jobs, and the one stream that the page in sight adds to it.
 */
const transport = createConnectTransport({
  baseUrl: location.origin,
  useBinaryFormat: true,
  interceptors: [showToken],
});

export const jobControl = createClient(JobControlService, transport);
export const admin = createClient(AdminService, transport);
