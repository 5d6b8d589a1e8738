import { Server, ServerCredentials, status } from "@grpc/grpc-js";

/** The least that a refusal can cost: a grpc-js server whose one handler refuses every Start without reading it. */
const same = (bytes: Buffer) => bytes;
const server = new Server();
server.addService(
  {
    start: {
      path: "/jobcontrol.v1.JobControlService/Start",
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    },
  },
  {
    start: (_call: unknown, callback: (error: { code: number; details: string }) => void) =>
      callback({ code: status.RESOURCE_EXHAUSTED, details: "Lane is full" }),
  },
);
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`listening on 127.0.0.1:${port}\n`);
});
