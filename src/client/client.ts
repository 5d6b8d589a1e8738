import { createGrpcTransport } from "@connectrpc/connect-node";
import { createClientOn, type TransportClient } from "./client-on.ts";
import { Sessions } from "./sessions.ts";

export interface ClientOptions {
  /** `host:port` */
  readonly address: string;
  /** Deadline of calls of `jobs` and `admin` that bring none of their own, in milliseconds. Default: none */
  readonly timeoutMs?: number | undefined;
}

export interface JobControlClient extends TransportClient, Disposable {
  /** Closes the connection; calls and watches that are under way fail, and later ones too (CANCELLED). */
  [Symbol.dispose](): void;
}

/**
 * Creates a typed client over gRPC. It connects with its first call.
 *
 * @example
 * using client = createJobControlClient({ address: "127.0.0.1:50051" });
 * const { status } = await client.start({ jobId: "disk-report" }, { wait: true });
 */
export function createJobControlClient({ address, timeoutMs }: ClientOptions): JobControlClient {
  const baseUrl = `http://${address}`;
  const sessions = new Sessions(baseUrl);
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: sessions,
    ...(timeoutMs && { defaultTimeoutMs: timeoutMs }),
  });
  return { ...createClientOn(transport), [Symbol.dispose]: () => sessions[Symbol.dispose]() };
}
