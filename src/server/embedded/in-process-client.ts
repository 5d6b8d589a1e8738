import type { DescService } from "@bufbuild/protobuf";
import {
  type CallOptions,
  type Client,
  type ConnectRouter,
  createClient,
  createRouterTransport,
  type HandlerContext,
  type Interceptor,
  type ServiceImplSpec,
  type Transport,
} from "@connectrpc/connect";
import { AdminService } from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import { JobControlService } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { peerKey } from "../../rpc/call.ts";
import type { Tracing } from "../../telemetry/tracing.ts";

/**
 * The calls that a client has, without a connection: the same checks, the same answers, the same errors. A stream that is
 * left early has ended.
 */
export interface InProcessClient {
  readonly jobs: Client<typeof JobControlService>;
  readonly admin: Client<typeof AdminService>;
}

export function createInProcessClient(
  services: readonly ServiceImplSpec[],
  tracing: Pick<Tracing, "carry">,
): InProcessClient {
  const carry: Interceptor = (next) => (request) => {
    tracing.carry((name, value) => request.header.set(name, value));
    return next(request);
  };
  const routes = (router: ConnectRouter) => {
    for (const { service, methods } of services) router.service(service, implementationOf(methods));
  };
  const transport = createRouterTransport(routes, { transport: { interceptors: [carry] } });
  return {
    jobs: createLeavableClient(JobControlService, transport),
    admin: createLeavableClient(AdminService, transport),
  };
}

/** To leave a stream of Connect's own client does not end the call: it would go on for ever. */
function createLeavableClient<S extends DescService>(service: S, transport: Transport): Client<S> {
  const client = createClient(service, transport) as Record<string, unknown>;
  const calls = service.methods.map(({ localName, methodKind }) => {
    const call = client[localName];
    return [localName, methodKind === "server_streaming" ? leavable(call as StreamingCall) : call] as const;
  });
  return Object.fromEntries(calls) as Client<S>;
}

type StreamingCall = (request: unknown, options?: CallOptions) => AsyncIterable<unknown>;

function leavable(call: StreamingCall): StreamingCall {
  return (request, options = {}) => {
    const left = new AbortController();
    const signals = options.signal === undefined ? [left.signal] : [options.signal, left.signal];
    return untilLeft(call(request, { ...options, signal: AbortSignal.any(signals) }), left);
  };
}

async function* untilLeft(messages: AsyncIterable<unknown>, left: AbortController): AsyncGenerator<unknown> {
  try {
    yield* messages;
  } finally {
    left.abort();
  }
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
