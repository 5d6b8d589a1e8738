import type { Transport } from "@connectrpc/connect";
import {
  createConnectTransport,
  createGrpcTransport,
  createGrpcWebTransport,
} from "@connectrpc/connect-node";
import * as browser from "@connectrpc/connect-web";
import { credentials, Client as GrpcClient } from "@grpc/grpc-js";
import { createGrpcJsTransport } from "../../src/client/grpc-js/index.ts";

/** Every way to the service that a client of ours can take. */
export const transports: Readonly<Record<string, (port: number, opened: DisposableStack) => Transport>> = {
  "connect-node, gRPC": (port) => createGrpcTransport({ baseUrl: `http://127.0.0.1:${port}` }),
  "connect-node, Connect": (port) =>
    createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" }),
  "connect-node, gRPC-Web": (port) =>
    createGrpcWebTransport({ baseUrl: `http://127.0.0.1:${port}`, httpVersion: "1.1" }),
  "connect-web, Connect": (port) =>
    browser.createConnectTransport({ baseUrl: `http://127.0.0.1:${port}`, useBinaryFormat: true }),
  "connect-web, gRPC-Web": (port) => browser.createGrpcWebTransport({ baseUrl: `http://127.0.0.1:${port}` }),
  "grpc-js": (port, opened) => {
    const channel = new GrpcClient(`127.0.0.1:${port}`, credentials.createInsecure());
    opened.adopt(channel, () => channel.close());
    return createGrpcJsTransport(channel);
  },
};
