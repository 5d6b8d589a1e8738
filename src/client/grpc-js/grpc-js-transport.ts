import {
  create,
  type DescMessage,
  type DescMethod,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Code, ConnectError, type Transport } from "@connectrpc/connect";
import { type CallOptions, type Client, type ClientReadableStream, Metadata } from "@grpc/grpc-js";
import { onAbort } from "../../async/abort.ts";
import { systemClock } from "../../async/clock.ts";
import { connectErrorOf } from "./connect-error-of.ts";

/**
 * A transport over a client of grpc-js, for who has its channels already: with its credentials, its interceptors, its load
 * balancing. It makes calls that answer once or with a stream. Whoever made the client closes it.
 *
 * @example
 * const channel = new Client("127.0.0.1:50051", credentials.createInsecure());
 * const client = createClientOn(createGrpcJsTransport(channel));
 */
export function createGrpcJsTransport(
  client: Pick<Client, "makeUnaryRequest" | "makeServerStreamRequest">,
): Transport {
  return {
    async unary(method, signal, timeoutMs, header, input) {
      const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
      const settle = (error: Error | null, bytes: Buffer = noBytes) =>
        error === null ? resolve(bytes) : reject(error);
      const request = encoded(method, input);
      const options = optionsOf(timeoutMs);
      const metadata = metadataOf(header);
      const call = client.makeUnaryRequest(pathOf(method), same, same, request, metadata, options, settle);
      const off = onAbort(signal, () => call.cancel());
      try {
        const message = fromBinary(method.output, await promise);
        return { ...described(method), stream: false, method, message };
      } catch (error) {
        throw failureOf(error, signal);
      } finally {
        off();
      }
    },

    async stream(method, signal, timeoutMs, header, input) {
      if (method.methodKind !== "server_streaming")
        throw new ConnectError(`No stream from the client: ${method.name}`, Code.Unimplemented);
      const request = encoded(method, await theOnlyOne(input));
      const options = optionsOf(timeoutMs);
      const call = client.makeServerStreamRequest(
        pathOf(method),
        same,
        same,
        request,
        metadataOf(header),
        options,
      );
      const message = new Messages(call, method.output, signal);
      return { ...described(method), stream: true, method, message };
    },
  };
}

/** What a stream brings, in order; then how it failed, if it did. Its call ends with the loop over it. */
class Messages<O extends DescMessage> implements AsyncIterable<MessageShape<O>> {
  readonly #call: ClientReadableStream<Buffer>;
  readonly #output: O;
  readonly #signal: AbortSignal | undefined;
  readonly #off: () => void;
  #failure: Error | undefined;

  constructor(call: ClientReadableStream<Buffer>, output: O, signal: AbortSignal | undefined) {
    this.#call = call;
    this.#output = output;
    this.#signal = signal;
    this.#off = onAbort(signal, () => call.cancel());
    // It may come before there is a loop, and in Node an error that nobody hears ends the process.
    call.on("error", (error: Error) => {
      this.#failure = error;
    });
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<MessageShape<O>, void> {
    try {
      for await (const bytes of this.#call) yield fromBinary(this.#output, bytes as Buffer);
      if (this.#failure !== undefined) throw this.#failure;
    } catch (error) {
      throw failureOf(error, this.#signal);
    } finally {
      this.#off();
      this.#call.cancel();
    }
  }
}

/** Of a call that was ended by its signal grpc-js says only that it was cancelled. */
function failureOf(error: unknown, signal: AbortSignal | undefined): ConnectError {
  return signal?.aborted ? ConnectError.from(signal.reason, Code.Canceled) : connectErrorOf(error);
}

/** Header and trailer are grpc-js's own business. */
function described({ parent: service }: DescMethod) {
  return { service, header: new Headers(), trailer: new Headers() };
}

async function theOnlyOne<T>(input: AsyncIterable<T>): Promise<T> {
  for await (const message of input) return message;
  throw new ConnectError("No message to send", Code.Internal);
}

function encoded<I extends DescMessage>({ input }: { input: I }, message: MessageInitShape<I>): Buffer {
  return Buffer.from(toBinary(input, create(input, message)));
}

function pathOf({ parent, name }: DescMethod): string {
  return `/${parent.typeName}/${name}`;
}

/** None, or not more than nothing: no deadline. */
function optionsOf(timeoutMs = 0): CallOptions {
  return timeoutMs > 0 ? { deadline: systemClock.now() + timeoutMs } : {};
}

function metadataOf(header: ConstructorParameters<typeof Headers>[0]): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of new Headers(header))
    metadata.set(name, name.endsWith("-bin") ? Buffer.from(value, "base64") : value);
  return metadata;
}

function same<T>(bytes: T): T {
  return bytes;
}

const noBytes = Buffer.alloc(0);
