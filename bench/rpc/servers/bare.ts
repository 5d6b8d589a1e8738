import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Server, ServerCredentials } from "@grpc/grpc-js";
import {
  GetStatusRequestSchema,
  GetStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { answer } from "../answer.ts";

/**
 * What jobcontrol's unary calls are measured against: a grpc-js server whose one handler decodes the request and
 * answers the same message, with nothing in between. `--encoded`: it does not even encode it again.
 */
const response = create(GetStatusResponseSchema, answer);
const encoded = Buffer.from(toBinary(GetStatusResponseSchema, response));
const serialize = process.argv.includes("--encoded")
  ? () => encoded
  : () => Buffer.from(toBinary(GetStatusResponseSchema, response));

const server = new Server();
server.addService(
  {
    getStatus: {
      path: "/jobcontrol.v1.JobControlService/GetStatus",
      requestStream: false,
      responseStream: false,
      requestSerialize: (request: Buffer) => request,
      requestDeserialize: (bytes: Buffer) => fromBinary(GetStatusRequestSchema, bytes),
      responseSerialize: serialize,
      responseDeserialize: (bytes: Buffer) => bytes,
    },
  },
  {
    getStatus: (_call: unknown, callback: (error: null, value: unknown) => void) => callback(null, response),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`listening on 127.0.0.1:${port}\n`);
});
