import {
  type Client,
  createClient,
  createRouterTransport,
  type HandlerContext,
  type ServiceImplSpec,
} from "@connectrpc/connect";
import { AdminService } from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { peerKey } from "../../rpc/call.ts";

/** The calls that a client has, without a connection: the same checks, the same answers, the same errors. */
export interface InProcessClient {
  readonly jobs: Client<typeof JobControlService>;
  readonly admin: Client<typeof AdminService>;
}

export function createInProcessClient(services: readonly ServiceImplSpec[]): InProcessClient {
  const transport = createRouterTransport((router) => {
    for (const { service, methods } of services) router.service(service, implementationOf(methods));
  });
  return {
    jobs: createClient(JobControlService, transport),
    admin: createClient(AdminService, transport),
  };
}

/** Every call tells that it comes from this process. */
function implementationOf(methods: ServiceImplSpec["methods"]): Record<string, never> {
  const implementations = Object.values(methods).map(({ method, impl }) => {
    const call = (request: unknown, context: HandlerContext) => {
      context.values.set(peerKey, "in-process");
      return (impl as (request: unknown, context: HandlerContext) => unknown)(request, context);
    };
    return [method.localName, call] as const;
  });
  return Object.fromEntries(implementations) as Record<string, never>;
}
