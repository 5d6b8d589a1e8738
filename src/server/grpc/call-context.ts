import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Metadata } from "@grpc/grpc-js";
import { systemClock } from "../../async/clock.ts";
import { peerKey } from "../../rpc/call.ts";
import { unauthenticated } from "../../rpc/errors.ts";
import type { Caller } from "../../rpc/identities.ts";
import { callerOf } from "./authenticate.ts";
import { toHeaders, toMetadata } from "./grpc-metadata.ts";

/** What every kind of grpc-js call has. */
export interface GrpcCall {
  readonly cancelled: boolean;
  readonly metadata: Metadata;
  getPeer(): string;
  getDeadline(): Date | number;
  getPath(): string;
  getHost(): string;
  sendMetadata(metadata: Metadata): void;
  once(event: "cancelled", listener: () => void): unknown;
}

/**
 * A grpc-js call as the services see it. All that costs something is made when it is first asked for: most
 * calls look at nothing but their request.
 */
export class GrpcCallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly requestMethod = "POST";
  readonly protocolName = "grpc";
  readonly #call: GrpcCall;
  /** On the system's clock, as grpc-js counts it; infinite without a deadline. */
  readonly #deadlineMs: number;
  #abort: AbortController | undefined;
  #values: ContextValues | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #answered = false;

  /**
   * Throws DEADLINE_EXCEEDED if the deadline has passed, as grpc-js hands out such calls too, and UNAUTHENTICATED if the
   * caller was let in by its headers and may call no more: its message may have come much later.
   */
  constructor(call: GrpcCall, method: DescMethod) {
    this.#call = call;
    this.method = method;
    this.#deadlineMs = Number(call.getDeadline());
    if (this.#deadlineMs <= systemClock.now()) throw endOf(this.#deadlineMs);
    if (this.caller?.revoked.aborted) throw unauthenticated();
  }

  /** Who calls, where that was asked. */
  get caller(): Caller | undefined {
    return callerOf(this.#call.metadata);
  }

  get service(): DescService {
    return this.method.parent;
  }

  get url(): string {
    return `http://${this.#call.getHost()}${this.#call.getPath()}`;
  }

  /** Fires when the caller has cancelled or its deadline has passed; not once the call has been answered. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      const abort = new AbortController();
      this.#abort = abort;
      const end = () => {
        if (!this.#answered) abort.abort(endOf(this.#deadlineMs));
      };
      if (this.#call.cancelled) end();
      else this.#call.once("cancelled", end);
    }
    return this.#abort.signal;
  }

  timeoutMs(): number | undefined {
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return undefined;
    return this.#deadlineMs - systemClock.now();
  }

  get values(): ContextValues {
    this.#values ??= createContextValues().set(peerKey, this.caller?.name ?? this.#call.getPeer());
    return this.#values;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= toHeaders(this.#call.metadata);
    return this.#requestHeader;
  }

  /** One of the request's headers, where all of them are not worth being made. */
  header(name: string): string | undefined {
    const values = this.#call.metadata.get(name);
    return values.length === 0 ? undefined : values.map(String).join(", ");
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** Sends the response headers that the service has set, if any. Call it before the first message. */
  sendHeader(): void {
    if (this.#responseHeader !== undefined) this.#call.sendMetadata(toMetadata(this.#responseHeader));
  }

  /** Ends the context, and gives the trailers that the service has set, if any. */
  answered(): Metadata | undefined {
    this.#answered = true;
    return this.#responseTrailer && toMetadata(this.#responseTrailer);
  }
}

/** Why a call ended before its answer: timers fire up to a millisecond early, so a little before counts too. */
function endOf(deadlineMs: number): ConnectError {
  return deadlineMs - systemClock.now() <= 2
    ? new ConnectError("Deadline exceeded", Code.DeadlineExceeded)
    : new ConnectError("Cancelled", Code.Canceled);
}
