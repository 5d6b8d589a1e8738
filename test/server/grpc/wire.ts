import {
  create,
  type DescMessage,
  type DescMethod,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type Client as ConnectClient, createClient } from "@connectrpc/connect";
import { createGrpcTransport, Http2SessionManager } from "@connectrpc/connect-node";
import {
  type ClientOptions,
  type ClientReadableStream,
  credentials,
  Client as GrpcClient,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import { expect } from "vitest";
import { StatusSchema } from "../../../gen/google/rpc/status_pb.ts";
import { createServices, createServingStatus } from "../../../src/rpc/services.ts";
import { GrpcServer, type GrpcServerOptions } from "../../../src/server/grpc/grpc-server.ts";
import { FakeAdmin, FakeControl } from "../../rpc/sample.ts";

/** A server on a free port with a fake core behind it, and clients of two libraries. Closes what it opened. */
export class Wire implements AsyncDisposable {
  readonly control: FakeControl;
  readonly admin = new FakeAdmin();
  readonly serving = createServingStatus();
  readonly bugs: unknown[] = [];
  readonly server: GrpcServer;
  #port = 0;
  readonly #closers: (() => void)[] = [];

  static async open(control = new FakeControl(), options: GrpcServerOptions = {}): Promise<Wire> {
    const wire = new Wire(control, options);
    wire.#port = await wire.server.listen({ host: "127.0.0.1", port: 0 });
    return wire;
  }

  private constructor(control: FakeControl, options: GrpcServerOptions) {
    const onBug = (error: unknown) => void this.bugs.push(error);
    this.control = control;
    const { admin, serving } = this;
    this.server = new GrpcServer(createServices({ control, admin, serving }, { onBug }), {
      onBug,
      ...options,
    });
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A client of connect-node, over gRPC. */
  connect<S extends DescService>(service: S): ConnectClient<S> {
    const sessionManager = new Http2SessionManager(this.url);
    this.#closers.push(() => sessionManager.abort());
    return createClient(service, createGrpcTransport({ baseUrl: this.url, sessionManager }));
  }

  /** A client of grpc-js, which takes and gives bytes. */
  grpcJs(options: ClientOptions = {}): RawClient {
    const channel = { "grpc.use_local_subchannel_pool": 1, ...options };
    const client = new GrpcClient(`127.0.0.1:${this.#port}`, credentials.createInsecure(), channel);
    this.#closers.push(() => client.close());
    return new RawClient(client);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const close of this.#closers) close();
    this.serving.end();
    await this.server[Symbol.asyncDispose]();
    expect(this.server.callsInFlight, "calls left in flight").toBe(0);
  }
}

/** grpc-js' client as promises, over bytes: what goes over the wire is the test's own. */
export class RawClient {
  readonly client: GrpcClient;

  constructor(client: GrpcClient) {
    this.client = client;
  }

  /** The answer as bytes. Rejects with grpc-js' `ServiceError`. */
  unary(path: string, request: Uint8Array, options: RawOptions = {}): Promise<Buffer> {
    const { metadata = new Metadata(), signal, ...callOptions } = options;
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    const answer = (error: ServiceError | null, value?: Buffer) => {
      if (error === null && value !== undefined) resolve(value);
      else reject(error);
    };
    const call = this.client.makeUnaryRequest(
      path,
      same,
      same,
      Buffer.from(request),
      metadata,
      callOptions,
      answer,
    );
    signal?.addEventListener("abort", () => call.cancel());
    return promise;
  }

  async call<M extends DescMethod>(
    method: M,
    init: MessageInitShape<M["input"]>,
    options: RawOptions = {},
  ): Promise<MessageShape<M["output"]>> {
    const request = toBinary(method.input, create(method.input, init));
    const output: M["output"] = method.output;
    return fromBinary(output, await this.unary(pathOf(method), request, options));
  }

  stream<M extends DescMethod>(method: M, init: MessageInitShape<M["input"]>): ClientReadableStream<Buffer> {
    const request = Buffer.from(toBinary(method.input, create(method.input, init)));
    return this.client.makeServerStreamRequest(pathOf(method), same, same, request);
  }
}

export interface RawOptions {
  readonly metadata?: Metadata;
  readonly deadline?: number;
  readonly signal?: AbortSignal;
}

export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** What a call was refused with; fails where it was not refused. */
export async function refusal(call: Promise<unknown>): Promise<ServiceError> {
  return call.then(
    () => expect.fail("The call was not refused"),
    (error) => error,
  );
}

/** The details of grpc-js' error that are of one type. */
export function detailsOf<D extends DescMessage>(error: ServiceError, desc: D): MessageShape<D>[] {
  const [bytes] = error.metadata.get("grpc-status-details-bin");
  if (!Buffer.isBuffer(bytes)) return [];
  const status = fromBinary(StatusSchema, bytes);
  expect(status).toMatchObject({ code: error.code, message: error.details });
  return status.details.map((any) => anyUnpack(any, desc)).filter((detail) => detail !== undefined);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
