import { createServer } from "node:http";
import { create } from "@bufbuild/protobuf";
import { connectNodeAdapter } from "@connectrpc/connect-node";
import {
  GetStatusResponseSchema,
  JobControlService,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { answer } from "../../rpc/answer.ts";

/** connect-node as it comes, before one handler that answers at once the same message. */
const response = create(GetStatusResponseSchema, answer);
const server = createServer(
  connectNodeAdapter({
    routes: (router) => router.service(JobControlService, { getStatus: () => response }),
  }),
);
server.listen(0, "127.0.0.1", () => {
  const address = server.address();
  if (typeof address === "object") process.stdout.write(`listening on 127.0.0.1:${address?.port}\n`);
});
