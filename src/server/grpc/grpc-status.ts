import { create, toBinary } from "@bufbuild/protobuf";
import { anyPack } from "@bufbuild/protobuf/wkt";
import type { ConnectError } from "@connectrpc/connect";
import { Metadata, status as Status, type StatusObject } from "@grpc/grpc-js";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { type OnBug, toConnectError } from "../../rpc/errors.ts";
import { toMetadata } from "./grpc-metadata.ts";

/**
 * Whatever was thrown, as grpc-js sends it: code and message, and in the trailers the error's metadata and, in
 * `grpc-status-details-bin`, a `google.rpc.Status` with its details, where clients of every language look.
 * Never throws.
 */
export function toGrpcStatus(error: unknown, onBug: OnBug): StatusObject {
  try {
    return encodeStatus(toConnectError(error, onBug));
  } catch (bug) {
    onBug(bug);
    return { code: Status.INTERNAL, details: "Internal error", metadata: new Metadata() };
  }
}

/** What a client is told of this error. */
export function encodeStatus(error: ConnectError): StatusObject {
  const metadata = toMetadata(error.metadata);
  const message = error.rawMessage.toWellFormed();
  const details = error.details.flatMap((detail) =>
    "desc" in detail ? [anyPack(detail.desc, create(detail.desc, detail.value))] : [],
  );
  if (details.length > 0) {
    const status = create(StatusSchema, { code: error.code, message, details });
    metadata.set("grpc-status-details-bin", Buffer.from(toBinary(StatusSchema, status)));
  }
  // connect numbers the codes as gRPC does.
  const code: number = error.code;
  return { code, details: message, metadata };
}
