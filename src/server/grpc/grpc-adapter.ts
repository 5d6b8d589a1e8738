import {
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
} from "@bufbuild/protobuf";
import type { MethodImplSpec, ServiceImplSpec } from "@connectrpc/connect";
import type { handleUnaryCall, Server, ServerDuplexStream, ServerWritableStream } from "@grpc/grpc-js";
import { onAbort } from "../../async/abort.ts";
import { assertNever } from "../../job/assert-never.ts";
import { malformed, type OnBug } from "../../rpc/errors.ts";
import { encode } from "../../rpc/shared-messages.ts";
import { GrpcCallContext } from "./call-context.ts";
import type { CallsInFlight } from "./calls-in-flight.ts";
import { toGrpcStatus } from "./grpc-status.ts";
import { type ResponseCall, ResponseStream } from "./response-stream.ts";

/**
 * Puts services that are written for connect's `ServiceImpl` on a grpc-js server. grpc-js hands over and takes
 * bytes: decoding happens here, so that malformed bytes are the caller's INVALID_ARGUMENT and not our INTERNAL,
 * and so does encoding, so that a shared message is encoded once. Nothing that a service throws gets further.
 */
export function addService(server: Server, { methods }: ServiceImplSpec, door: Door): void {
  for (const spec of Object.values(methods)) {
    const path = `/${spec.method.parent.typeName}/${spec.method.name}`;
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
      const response = await impl(decode(method.input, call.request), context);
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
    stream(opening, (context) => impl(decode(method.input, call.request), context));
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

type Responses = AsyncIterable<MessageInitShape<DescMessage>>;

function stream({ call, method, door }: Opening, open: (context: GrpcCallContext) => Responses) {
  const { calls, onBug } = door;
  let context: GrpcCallContext | undefined;
  let counted = false;
  const codec = {
    encode: (response: MessageInitShape<DescMessage>) => {
      context?.sendHeader();
      return encode(method.output, response);
    },
    trailer: () => context?.answered(),
    statusOf: (error: unknown) => toGrpcStatus(error, onBug),
  };
  const responses = new ResponseStream(call, codec, () => counted && calls.leave());
  try {
    calls.enter();
    counted = true;
    context = new GrpcCallContext(call, method);
    responses.start(open(context));
  } catch (error) {
    responses.fail(error);
  }
  return responses;
}

async function* requestsOf<D extends DescMessage>(call: ServerDuplexStream<Buffer, Buffer>, desc: D) {
  for await (const bytes of call.iterator({ destroyOnReturn: false })) yield decode(desc, bytes);
}

function decode<D extends DescMessage>(desc: D, bytes: Buffer): MessageShape<D> {
  try {
    return fromBinary(desc, bytes, { readUnknownFields: false });
  } catch {
    // Whatever protobuf-es says of the bytes is about its insides; the caller hears which type they should be.
    throw malformed(desc.typeName);
  }
}

function same(bytes: Buffer): Buffer {
  return bytes;
}
