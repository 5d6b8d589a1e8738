import { Code, type ServiceImpl } from "@connectrpc/connect";
import {
  type Health,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus as Status,
} from "../../gen/grpc/health/v1/health_pb.ts";
import { draining, withReason } from "./errors.ts";
import type { ServingState, ServingStatus } from "./serving-status.ts";

/** `grpc.health.v1`, over a `ServingStatus`. A watch of a service that is not known waits for it. */
export function createHealthService(serving: ServingStatus): ServiceImpl<typeof Health> {
  return {
    check({ service }) {
      const state = serving.get(service);
      if (state === undefined) throw withReason("No such service", Code.NotFound, "SERVICE_NOT_FOUND");
      return toResponse(state);
    },

    list() {
      const statuses: Record<string, HealthCheckResponse> = {};
      for (const [service, state] of serving.all) statuses[service] = toResponse(state);
      return { statuses };
    },

    async *watch({ service }, { signal }) {
      let told: ServingState | "unknown" | undefined;
      while (true) {
        const { revision } = serving;
        const state = serving.get(service) ?? "unknown";
        if (state !== told) {
          told = state;
          yield toResponse(state);
        } else if (serving.ended) {
          throw draining();
        } else {
          await serving.changed(revision, { signal });
        }
      }
    },
  };
}

const statuses: Readonly<Record<ServingState | "unknown", Status>> = {
  serving: Status.SERVING,
  "not-serving": Status.NOT_SERVING,
  unknown: Status.SERVICE_UNKNOWN,
};

function toResponse(state: ServingState | "unknown"): HealthCheckResponse {
  return { $typeName: "grpc.health.v1.HealthCheckResponse", status: statuses[state] };
}
