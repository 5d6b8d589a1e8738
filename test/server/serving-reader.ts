import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { Health, HealthCheckResponse_ServingStatus as Serving } from "../../gen/grpc/health/v1/health_pb.ts";

/** Watches the health of a server, state by state. */
export class ServingReader implements AsyncDisposable {
  readonly #states: AsyncIterator<{ readonly status: Serving }>;
  readonly #abort = new AbortController();

  constructor(address: string) {
    const health = createClient(Health, createGrpcTransport({ baseUrl: `http://${address}` }));
    this.#states = health.watch({}, { signal: this.#abort.signal })[Symbol.asyncIterator]();
  }

  /** The state at the beginning, then each one that follows. */
  async next(): Promise<"serving" | "not-serving"> {
    const { value } = await this.#states.next();
    return value?.status === Serving.SERVING ? "serving" : "not-serving";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort();
    await this.#states.next().catch(() => {});
  }
}
