import { create } from "@bufbuild/protobuf";
import {
  GetStatusResponseSchema,
  JobControlService,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { systemClock } from "../../../src/async/clock.ts";
import { implement } from "../../../src/rpc/service-spec.ts";
import { GrpcServer } from "../../../src/server/grpc/grpc-server.ts";
import { SharedPort } from "../../../src/server/port/shared-port.ts";
import { answer } from "../../rpc/answer.ts";

/** The gRPC door before one handler that answers at once: on a port of its own, or with `--shared` on the one port. */
const response = create(GetStatusResponseSchema, answer);
const grpc = new GrpcServer([implement(JobControlService, { getStatus: () => response })]);
const shared = new SharedPort(
  { http2: (socket) => grpc.accept(socket), http1: (socket) => socket.destroy() },
  { clock: systemClock },
);
const listener = process.argv.includes("--shared") ? shared : grpc;
const port = await listener.listen({ host: "127.0.0.1", port: 0 });
process.stdout.write(`listening on 127.0.0.1:${port}\n`);
