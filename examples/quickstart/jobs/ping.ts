import { createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import type { JobContext } from "jobcontrol";
import {
  Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "jobcontrol/gen/grpc/health/v1/health";

/** Asks this very service for its health, over a connection of its own. Fails where it does not serve. */
export async function ping({ signal }: JobContext) {
  // `jobctl serve` puts the address here once it listens, also where a flag or port 0 chose it.
  const { JOBCONTROL_LISTEN: address } = process.env;
  const baseUrl = `http://${address}`;
  const sessionManager = new Http2SessionManager(baseUrl);
  try {
    const health = createClient(Health, createGrpcTransport({ baseUrl, sessionManager }));
    const startedAt = performance.now();
    const { status } = await health.check({}, { signal, timeoutMs: 2000 });
    const ms = Number((performance.now() - startedAt).toFixed(1));
    if (status !== ServingStatus.SERVING) throw new Error(`${address} does not serve`);
    return { address, ms };
  } finally {
    sessionManager.abort();
  }
}
