import { fromBinary } from "@bufbuild/protobuf";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import { ErrorInfoSchema } from "../../gen/google/rpc/error_details_pb.ts";
import { WatchStatusResponseSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { type ToldMessage, toldOnWire } from "../../src/testing/told-message.ts";
import type { WatchEnd } from "../../src/testing/watch-recording.ts";
import { detailsOf } from "../server/grpc/wire.ts";

/** What comes over a stream of WatchStatus. */
export async function* told(stream: ClientReadableStream<Buffer>): AsyncGenerator<ToldMessage> {
  for await (const bytes of stream) yield toldOnWire(fromBinary(WatchStatusResponseSchema, bytes));
}

/** A call that the service refused says why; any other was cut. */
export function endOf(error: unknown): WatchEnd {
  const [info] = isServiceError(error) ? detailsOf(error, ErrorInfoSchema) : [];
  return info === undefined ? { kind: "left" } : { kind: "ended", refusal: info.reason };
}

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && "metadata" in error;
}
