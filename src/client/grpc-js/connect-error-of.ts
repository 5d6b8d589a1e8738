import { fromBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import type { ServiceError } from "@grpc/grpc-js";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";

/** What grpc-js throws, as connect would: with its code and its details. */
export function connectErrorOf(thrown: unknown): ConnectError {
  if (!isServiceError(thrown)) return ConnectError.from(thrown);
  const { code, details, metadata } = thrown;
  const error = new ConnectError(details, Number(code), undefined, undefined, thrown);
  const [bytes] = metadata.get("grpc-status-details-bin");
  if (Buffer.isBuffer(bytes)) error.details = detailsOf(bytes);
  return error;
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && "code" in thrown && "details" in thrown && "metadata" in thrown;
}

function detailsOf(bytes: Uint8Array): ConnectError["details"] {
  try {
    const { details } = fromBinary(StatusSchema, bytes);
    return details.map(({ typeUrl, value }) => ({
      type: typeUrl.slice(typeUrl.lastIndexOf("/") + 1),
      value,
    }));
  } catch {
    // Somebody on the way has spoilt them: code and message still say what went wrong.
    return [];
  }
}
