import type { DescMessage, MessageInitShape } from "@bufbuild/protobuf";
import type { HandlerContext, MethodImplSpec, ServiceImplSpec } from "@connectrpc/connect";
import { onAbort } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import type { Access } from "../../rpc/access.ts";
import { decodeBinary, decodeJson } from "../../rpc/decode.ts";
import { notImplemented, type OnBug, toConnectError, tooLarge, unauthenticated } from "../../rpc/errors.ts";
import { neededRole } from "../../rpc/roles.ts";
import { encode, encodeJson } from "../../rpc/shared-messages.ts";
import type { CallsInFlight } from "../calls-in-flight.ts";
import { type ResponseSink, ResponseStream } from "../response-stream.ts";
import { type Answer, textAnswer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { acceptedTypes, streamingProtocol, unaryProtocol } from "./protocols.ts";
import { BodyCutOff } from "./request-body.ts";
import { WebCallContext } from "./web-call-context.ts";
import { flatHeaders, type StreamingProtocol, type WebProtocol } from "./web-protocol.ts";

/**
 * The services over HTTP/1.1: Connect, which with JSON is what plain HTTP clients speak, and gRPC-Web. As over grpc-js,
 * nothing that a service throws gets further than here, and a reader that does not read is waited for.
 */
export class WebCalls {
  readonly #methods = new Map<string, MethodImplSpec>();
  readonly #options: WebCallsOptions;

  constructor(services: readonly ServiceImplSpec[], options: WebCallsOptions) {
    this.#options = options;
    for (const { methods } of services) {
      for (const spec of Object.values(methods)) {
        this.#methods.set(`/${spec.method.parent.typeName}/${spec.method.name}`, spec);
      }
    }
  }

  /** The method at this path. */
  find(path: string): MethodImplSpec | undefined {
    return this.#methods.get(path);
  }

  /** Answers a call of a method that nobody has; false where it is no call. */
  refuseUnknown(path: string, exchange: Exchange): boolean {
    const contentType = exchange.request.headers["content-type"];
    const protocol = unaryProtocol(contentType) ?? streamingProtocol(contentType);
    if (protocol === undefined || !/^\/[\w.]+\/\w+$/.test(path)) return false;
    const answer = protocol.refusal(notImplemented(path.slice(1)));
    exchange.send(answer.status === 200 ? answer : { ...answer, status: 404 });
    return true;
  }

  /** Resolves when the call is over. Rejects where the client goes before its request is there. */
  async answer(spec: MethodImplSpec, exchange: Exchange): Promise<void> {
    const { method, headers } = exchange.request;
    if (method !== "POST") return exchange.send(textAnswer(405, "Method Not Allowed", ["Allow", allowed]));
    const contentType = headers["content-type"];
    if (spec.kind === "unary") {
      const protocol = unaryProtocol(contentType);
      if (protocol !== undefined) return this.#unary(spec, protocol, exchange);
    } else if (spec.kind === "server_streaming") {
      const protocol = streamingProtocol(contentType);
      if (protocol !== undefined) return this.#stream(spec, protocol, exchange);
    } else {
      return exchange.send(textAnswer(505, "HTTP Version Not Supported: this method needs gRPC over HTTP/2"));
    }
    const accepted = acceptedTypes[spec.kind];
    exchange.send(
      textAnswer(415, `Unsupported Media Type: send one of ${accepted}`, ["Accept-Post", accepted]),
    );
  }

  async #unary(spec: Spec<"unary">, protocol: WebProtocol, exchange: Exchange): Promise<void> {
    const { calls, onBug } = this.#options;
    let context: WebCallContext | undefined;
    let counted = false;
    try {
      context = this.#context(spec, protocol, exchange);
      const request = await this.#request({ spec, protocol, exchange, context });
      calls.enter();
      counted = true;
      const response = await spec.impl(request, context);
      const message = encoder(protocol)(spec.method.output, response);
      exchange.addHeaders(flatHeaders(context.setHeader));
      exchange.send(protocol.answer(message, context.setTrailer));
    } catch (error) {
      if (error instanceof BodyCutOff) throw error;
      exchange.send(refusal(protocol, error, onBug));
    } finally {
      context?.end();
      if (counted) calls.leave();
    }
  }

  async #stream(
    spec: Spec<"server_streaming">,
    protocol: StreamingProtocol,
    exchange: Exchange,
  ): Promise<void> {
    const { calls, onBug } = this.#options;
    const { promise: left, resolve: leave } = Promise.withResolvers<void>();
    const sink = new WebSink({ exchange, protocol, output: spec.method.output, onBug });
    const responses = new ResponseStream(sink, leave);
    let offRevoked = () => {};
    let counted = false;
    try {
      const context = this.#context(spec, protocol, exchange);
      sink.context = context;
      const request = await this.#request({ spec, protocol, exchange, context });
      calls.enter();
      counted = true;
      responses.start(spec.impl(request, context));
      offRevoked = onAbort(context.caller?.revoked, () => responses.fail(unauthenticated()));
    } catch (error) {
      if (error instanceof BodyCutOff) throw error;
      responses.fail(error);
    }
    await left;
    offRevoked();
    sink.context?.end();
    if (counted) calls.leave();
  }

  #context({ method }: MethodImplSpec, protocol: WebProtocol, exchange: Exchange): WebCallContext {
    const { request, response } = exchange;
    const { clock } = this.#options;
    const timeoutMs = protocol.timeoutMs(request.headers);
    return new WebCallContext({ request, response, clock, method, protocolName: protocol.name, timeoutMs });
  }

  /** Looks at who calls before it keeps any of what is sent. */
  async #request({ spec: { method }, protocol, exchange, context }: Opening) {
    const { access, maxRequestBytes: maxBytes } = this.#options;
    try {
      if (access !== undefined) context.admit(access);
    } catch (refusal) {
      await exchange.readBody(0);
      throw refusal;
    }
    const body = await exchange.readBody(maxBytes + protocol.overheadBytes);
    // Who was let in by its head may have been thrown out before its body was there.
    if (context.caller?.revoked.aborted) throw unauthenticated();
    if (body === undefined) throw tooLarge(maxBytes);
    if (access === undefined || neededRole(method) !== undefined) exchange.keep();
    const message = await protocol.open(body, { headers: exchange.request.headers, maxBytes });
    return protocol.isJson ? decodeJson(method.input, message) : decodeBinary(method.input, message);
  }
}

export interface WebCallsOptions {
  readonly calls: CallsInFlight;
  readonly clock: Clock;
  readonly onBug: OnBug;
  /** Unset: everybody may call. */
  readonly access: Access | undefined;
  readonly maxRequestBytes: number;
}

interface Opening {
  readonly spec: MethodImplSpec;
  readonly protocol: WebProtocol;
  readonly exchange: Exchange;
  readonly context: WebCallContext;
}

type Spec<Kind> = Extract<MethodImplSpec, { kind: Kind }>;
type Response = MessageInitShape<DescMessage>;

const allowed = "POST, OPTIONS";

function encoder({ isJson }: WebProtocol): typeof encode {
  return isJson ? encodeJson : encode;
}

function refusal(protocol: WebProtocol, error: unknown, onBug: OnBug): Answer {
  return protocol.refusal(toConnectError(error, onBug));
}

/** The responses of one call, to its HTTP response. */
class WebSink implements ResponseSink<Response> {
  context: (HandlerContext & WebCallContext) | undefined;
  readonly #call: WebSinkOptions;

  constructor(call: WebSinkOptions) {
    this.#call = call;
  }

  write(response: Response, sent: () => void): number {
    const { exchange, protocol, output } = this.#call;
    const frame = protocol.frame(encoder(protocol)(output, response));
    this.#begin();
    exchange.write(frame, sent);
    return frame.byteLength;
  }

  end(): void {
    const { exchange, protocol } = this.#call;
    const { signal } = this.context ?? {};
    // A watch simply ends at the signal: that was the deadline, and no good end.
    if (signal?.aborted) {
      this.fail(signal.reason);
      return;
    }
    this.#begin();
    exchange.response.end(protocol.ending(undefined, this.context?.setTrailer));
  }

  fail(error: unknown): void {
    const { exchange, protocol, onBug } = this.#call;
    const { response } = exchange;
    if (!response.headersSent) exchange.send(refusal(protocol, error, onBug));
    else response.end(protocol.ending(toConnectError(error, onBug), this.context?.setTrailer));
  }

  onGone(listener: () => void): void {
    this.#call.exchange.response.once("close", listener);
  }

  #begin(): void {
    const { exchange, protocol } = this.#call;
    exchange.begin(200, ["Content-Type", protocol.contentType, ...flatHeaders(this.context?.setHeader)]);
  }
}

interface WebSinkOptions {
  readonly exchange: Exchange;
  readonly protocol: StreamingProtocol;
  readonly output: DescMessage;
  readonly onBug: OnBug;
}
