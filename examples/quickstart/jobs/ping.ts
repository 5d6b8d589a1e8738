import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import type { JobContext } from "jobcontrol";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "jobcontrol/gen/grpc/health/v1/health";

/** Asks a gRPC service for its health. Fails where it does not serve. */
export function ping({ address }: { readonly address: string }) {
  // One connection for all of them.
  const health = createClient(Health, createGrpcTransport({ baseUrl: `http://${address}` }));
  return async ({ signal }: JobContext) => {
    const startedAt = performance.now();
    const { status } = await health.check({}, { signal, timeoutMs: 2000 });
    const ms = Number((performance.now() - startedAt).toFixed(1));
    if (status !== ServingStatus.SERVING) throw new Error(`${address} does not serve`);
    return { address, ms };
  };
}
