import type { IncomingMessage, ServerResponse } from "node:http";
import type { DescMethod, DescService } from "@bufbuild/protobuf";
import {
  Code,
  ConnectError,
  type ContextValues,
  createContextValues,
  type HandlerContext,
} from "@connectrpc/connect";
import type { Clock, Timer } from "../../async/clock.ts";
import type { Access } from "../../rpc/access.ts";
import { peerKey } from "../../rpc/call.ts";
import type { Caller } from "../../rpc/identities.ts";
import { addressOf, credentialsOf } from "./web-credentials.ts";

/**
 * A call over HTTP/1.1 as the services see it. As over grpc-js, all that costs something is made when it is first
 * asked for.
 */
export class WebCallContext implements HandlerContext {
  readonly method: DescMethod;
  readonly protocolName: string;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  /** On the monotonic clock; infinite without a deadline. */
  readonly #deadlineMs: number;
  #caller: Caller | undefined;
  #abort: AbortController | undefined;
  #timer: Timer | undefined;
  #values: ContextValues | undefined;
  #requestHeader: Headers | undefined;
  #responseHeader: Headers | undefined;
  #responseTrailer: Headers | undefined;
  #over = false;

  /** Throws DEADLINE_EXCEEDED where there is no time at all. */
  constructor({ request, response, clock, method, protocolName, timeoutMs }: WebCall) {
    this.#request = request;
    this.#response = response;
    this.#clock = clock;
    this.method = method;
    this.protocolName = protocolName;
    this.#deadlineMs = timeoutMs === undefined ? Number.POSITIVE_INFINITY : clock.monotonic() + timeoutMs;
    if (timeoutMs !== undefined && timeoutMs <= 0) throw deadlineExceeded();
  }

  /** Finds out who calls. Throws as `Access.admitCall` does. */
  admit(access: Access): void {
    this.#caller = access.admitCall(this.method, credentialsOf(this.#request));
  }

  /** Who calls, where it was found out. */
  get caller(): Caller | undefined {
    return this.#caller;
  }

  get service(): DescService {
    return this.method.parent;
  }

  get requestMethod(): string {
    return this.#request.method ?? "POST";
  }

  get url(): string {
    return `http://${this.#request.headers.host}${this.#request.url}`;
  }

  /** Fires when the client is gone or its deadline has passed; not once the call is over. */
  get signal(): AbortSignal {
    this.#abort ??= this.#watchOver(new AbortController());
    return this.#abort.signal;
  }

  timeoutMs(): number | undefined {
    if (this.#deadlineMs === Number.POSITIVE_INFINITY) return undefined;
    return this.#deadlineMs - this.#clock.monotonic();
  }

  get values(): ContextValues {
    const peer = this.#caller?.name ?? addressOf(this.#request);
    this.#values ??= createContextValues().set(peerKey, peer);
    return this.#values;
  }

  get requestHeader(): Headers {
    this.#requestHeader ??= new Headers(
      Object.entries(this.#request.headers).map(([name, value]) => [name, String(value)] as [string, string]),
    );
    return this.#requestHeader;
  }

  get responseHeader(): Headers {
    this.#responseHeader ??= new Headers();
    return this.#responseHeader;
  }

  get responseTrailer(): Headers {
    this.#responseTrailer ??= new Headers();
    return this.#responseTrailer;
  }

  /** What the service has set, if anything. */
  get setHeader(): Headers | undefined {
    return this.#responseHeader;
  }

  get setTrailer(): Headers | undefined {
    return this.#responseTrailer;
  }

  /** The call has its answer, or its client is gone. Harmless the second time. */
  end(): void {
    this.#over = true;
    this.#timer?.cancel();
  }

  #watchOver(abort: AbortController): AbortController {
    const end = (reason: ConnectError) => {
      if (!this.#over) abort.abort(reason);
      this.end();
    };
    const gone = () => end(new ConnectError("Cancelled", Code.Canceled));
    if (this.#response.closed || this.#response.destroyed) gone();
    else this.#response.once("close", gone);
    const leftMs = this.timeoutMs();
    if (leftMs !== undefined && !this.#over)
      this.#timer = this.#clock.setTimer(leftMs, () => end(deadlineExceeded()));
    return abort;
  }
}

export interface WebCall {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly clock: Clock;
  readonly method: DescMethod;
  readonly protocolName: string;
  readonly timeoutMs: number | undefined;
}

function deadlineExceeded(): ConnectError {
  return new ConnectError("Deadline exceeded", Code.DeadlineExceeded);
}
