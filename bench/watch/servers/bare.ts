import { Server, ServerCredentials, type ServerWritableStream } from "@grpc/grpc-js";
import { obey } from "../instructions.ts";
import { watchPath } from "../watchers.ts";

/**
 * What a watch is measured against: a grpc-js server that keeps the streams of its watchers and, at each
 * `change`, writes one message, encoded ahead (`--message=BASE64`), to every one of them. It does not care
 * whether they read.
 */
const message = Buffer.from(process.argv[2]?.replace("--message=", "") ?? "", "base64");
const streams = new Set<ServerWritableStream<Buffer, Buffer>>();
const same = (bytes: Buffer) => bytes;

obey({
  change: () => {
    for (const stream of streams) stream.write(message);
  },
});

const server = new Server({ "grpc.max_concurrent_streams": 20_000 });
const watch = (stream: ServerWritableStream<Buffer, Buffer>) => {
  streams.add(stream);
  stream.on("cancelled", () => streams.delete(stream));
  stream.write(message);
};
server.register(watchPath, watch, same, same, "serverStream");
server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  process.stdout.write(`listening on 127.0.0.1:${port}\n`);
});
