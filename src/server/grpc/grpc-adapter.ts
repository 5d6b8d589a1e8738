import type { DescMessage, DescMethod, MessageInitShape } from "@bufbuild/protobuf";
import type { MethodImplSpec, ServiceImplSpec } from "@connectrpc/connect";
import type { handleUnaryCall, Server, ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { onAbort } from "../../async/abort.ts";
import { assertNever } from "../../job/assert-never.ts";
import { decodeBinary } from "../../rpc/decode.ts";
import { type OnBug, unauthenticated } from "../../rpc/errors.ts";
import { encode } from "../../rpc/shared-messages.ts";
import type { CallsInFlight } from "../calls-in-flight.ts";
import { type ResponseSink, ResponseStream } from "../response-stream.ts";
import { GrpcCallContext } from "./call-context.ts";
import { toGrpcStatus } from "./grpc-status.ts";

/**
 * Puts services that are written for connect's `ServiceImpl` on a grpc-js server. grpc-js hands over and takes
 * bytes: decoding happens here, so that malformed bytes are the caller's INVALID_ARGUMENT and not our INTERNAL,
 * and so does encoding, so that a shared message is encoded once. Nothing that a service throws gets further.
 */
export function addService(server: Server, { methods }: ServiceImplSpec, door: Door): void {
  for (const spec of Object.values(methods)) {
    const path = pathOf(spec.method);
    switch (spec.kind) {
      case "unary":
        server.register(path, unary(spec, door), same, same, "unary");
        break;
      case "server_streaming":
        server.register(path, serverStreaming(spec, door), same, same, "serverStream");
        break;
      case "bidi_streaming":
        server.register(path, bidiStreaming(spec, door), same, same, "bidi");
        break;
      case "client_streaming":
        throw new TypeError(`Cannot serve a client-streaming method: ${path}`);
      default:
        assertNever(spec);
    }
  }
}

export function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** What the calls of one server share. */
export interface Door {
  readonly calls: CallsInFlight;
  readonly onBug: OnBug;
}

type Spec<Kind> = Extract<MethodImplSpec, { kind: Kind }>;

function unary({ method, impl }: Spec<"unary">, { calls, onBug }: Door): handleUnaryCall<Buffer, Buffer> {
  async function answer(...[call, callback]: Parameters<handleUnaryCall<Buffer, Buffer>>): Promise<void> {
    let counted = false;
    let context: GrpcCallContext | undefined;
    try {
      calls.enter();
      counted = true;
      context = new GrpcCallContext(call, method);
      const response = await impl(decodeBinary(method.input, call.request), context);
      const bytes = encode(method.output, response);
      context.sendHeader();
      callback(null, bytes, context.answered());
    } catch (error) {
      // Nobody listens any more for the end of a call that was refused, and telling it costs memory when most are.
      context?.answered();
      callback(toGrpcStatus(error, onBug));
    } finally {
      if (counted) calls.leave();
    }
  }

  return (call, callback) => {
    answer(call, callback).catch(onBug);
  };
}

function serverStreaming({ method, impl }: Spec<"server_streaming">, door: Door) {
  return (call: ServerWritableStream<Buffer, Buffer>): void => {
    const opening = { call, method, door };
    stream(opening, (context) => impl(decodeBinary(method.input, call.request), context));
  };
}

/** Such a call is the client's to end. When the server goes, it is told so, and not waited for. */
function bidiStreaming({ method, impl }: Spec<"bidi_streaming">, door: Door) {
  return (call: ServerDuplexStream<Buffer, Buffer>): void => {
    const opening = { call, method, door };
    const responses = stream(opening, (context) => impl(requestsOf(call, method.input), context));
    const { closing } = door.calls;
    call.once(
      "cancelled",
      onAbort(closing, () => responses.fail(closing.reason)),
    );
  };
}

interface Opening {
  readonly call: ResponseCall;
  readonly method: DescMethod;
  readonly door: Door;
}

type ResponseCall = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;
type Response = MessageInitShape<DescMessage>;

function stream(opening: Opening, open: (context: GrpcCallContext) => AsyncIterable<Response>) {
  const { call, method, door } = opening;
  const { calls } = door;
  let counted = false;
  let offRevoked = () => {};
  const sink = new GrpcSink(opening);
  const responses = new ResponseStream(sink, () => {
    offRevoked();
    if (counted) calls.leave();
  });
  try {
    calls.enter();
    counted = true;
    const context = new GrpcCallContext(call, method);
    sink.context = context;
    responses.start(open(context));
    offRevoked = onAbort(context.caller?.revoked, () => responses.fail(unauthenticated()));
  } catch (error) {
    responses.fail(error);
  }
  return responses;
}

/** The responses of one call, to grpc-js. */
class GrpcSink implements ResponseSink<Response> {
  context: GrpcCallContext | undefined;
  readonly #opening: Opening;

  constructor(opening: Opening) {
    this.#opening = opening;
  }

  write(response: Response, sent: () => void): number {
    const { call, method } = this.#opening;
    const bytes = encode(method.output, response);
    this.context?.sendHeader();
    call.write(bytes, sent);
    return bytes.byteLength;
  }

  end(): void {
    this.#opening.call.end(this.context?.answered());
  }

  fail(error: unknown): void {
    const { call, door } = this.#opening;
    call.emit("error", toGrpcStatus(error, door.onBug));
  }

  onGone(listener: () => void): void {
    this.#opening.call.once("cancelled", listener);
  }
}

async function* requestsOf<D extends DescMessage>(call: ServerDuplexStream<Buffer, Buffer>, desc: D) {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decodeBinary(desc, bytes);
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
