import {
  propagation,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  type SpanOptions,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
} from "@opentelemetry/api";
import type { TraceContext } from "../../job/trace.ts";
import type { CallSpan, IncomingCall } from "../tracing.ts";
import { contextOf } from "./span-context.ts";

/** The spans of RPCs, as OpenTelemetry's conventions for gRPC and Connect have them. One is its caller's child, if that is traced. */
export class CallSpans {
  /** By the method: what the spans of its calls have in common. */
  readonly #methods = new Map<object, MethodSpan>();

  begin(tracer: Tracer, call: IncomingCall): CallSpan {
    const system = call.protocolName === "connect" ? "connect_rpc" : "grpc";
    const method = this.#methods.get(call.method) ?? this.#methodOf(call);
    const parent = propagation.extract(ROOT_CONTEXT, call, headers);
    const span = tracer.startSpan(method.name, method[system], parent);
    return span.isRecording() ? new ServerSpan(span, system) : new UnrecordedSpan(contextOf(span));
  }

  #methodOf({ service, method }: IncomingCall): MethodSpan {
    const kind = SpanKind.SERVER;
    const ofBoth = { "rpc.service": service.typeName, "rpc.method": method.name };
    const made: MethodSpan = {
      name: `${service.typeName}/${method.name}`,
      grpc: { kind, attributes: { "rpc.system": "grpc", ...ofBoth } },
      connect_rpc: { kind, attributes: { "rpc.system": "connect_rpc", ...ofBoth } },
    };
    this.#methods.set(method, made);
    return made;
  }
}

interface MethodSpan extends Readonly<Record<RpcSystem, SpanOptions>> {
  /** Of these there are as many as methods. */
  readonly name: string;
}

type RpcSystem = "grpc" | "connect_rpc";

const headers: TextMapGetter<IncomingCall> = {
  get: (call, name) =>
    call.header === undefined ? (call.requestHeader.get(name) ?? undefined) : call.header(name),
  keys: ({ requestHeader }) => [...requestHeader.keys()],
};

/** Only where it stands is passed on; of the span itself nothing is kept. */
class UnrecordedSpan implements CallSpan {
  readonly trace: TraceContext;

  constructor(trace: TraceContext) {
    this.trace = trace;
  }

  end(): void {}
}

class ServerSpan implements CallSpan {
  readonly trace: TraceContext;
  readonly #span: Span;
  readonly #system: RpcSystem;
  #over = false;

  constructor(span: Span, system: RpcSystem) {
    this.trace = contextOf(span);
    this.#span = span;
    this.#system = system;
  }

  end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#tell(code);
    this.#span.end();
  }

  #tell(code: number): void {
    if (this.#system === "grpc") this.#span.setAttribute("rpc.grpc.status_code", code);
    else if (code !== 0)
      this.#span.setAttribute("rpc.connect_rpc.error_code", connectCodes[code] ?? "unknown");
    if (serverFaults.has(code)) this.#span.setStatus({ code: SpanStatusCode.ERROR });
  }
}

/** gRPC's codes that are the server's fault; what a caller did wrong is no error of this side. */
const serverFaults: ReadonlySet<number> = new Set([2, 4, 12, 13, 14, 15]);

/** As Connect writes gRPC's codes. */
const connectCodes = [
  "ok",
  "canceled",
  "unknown",
  "invalid_argument",
  "deadline_exceeded",
  "not_found",
  "already_exists",
  "permission_denied",
  "resource_exhausted",
  "failed_precondition",
  "aborted",
  "out_of_range",
  "unimplemented",
  "internal",
  "unavailable",
  "data_loss",
  "unauthenticated",
];
