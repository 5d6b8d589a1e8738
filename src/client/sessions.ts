import type { SecureClientSessionOptions } from "node:http2";
import { Http2SessionManager } from "@connectrpc/connect-node";
import { clientDisposed } from "./client-disposed.ts";

type Request = Http2SessionManager["request"];

/**
 * The client's connection. One that the other side no longer answers on is given up for a new one, even where the system
 * still takes it for open. A connection that fails says so once more after its calls have heard of it; the manager does
 * not listen any longer when it was told to abort meanwhile, and in Node an error that nobody hears ends the process.
 */
export class Sessions extends Http2SessionManager implements Disposable {
  #isDisposed = false;

  constructor(
    baseUrl: string,
    { pingIntervalMs = 15_000, pingTimeoutMs = 5000, tls = {} }: SessionsOptions = {},
  ) {
    super(baseUrl, { pingIntervalMs, pingTimeoutMs }, tls);
  }

  override async request(...args: Parameters<Request>): ReturnType<Request> {
    if (this.#isDisposed) throw clientDisposed();
    const stream = await super.request(...args);
    const { session } = stream;
    if (!session?.listeners("error").includes(heardByCalls)) session?.on("error", heardByCalls);
    return stream;
  }

  /** Closes the connection, and makes no other. */
  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.abort(clientDisposed());
  }
}

export interface SessionsOptions {
  /** After so long a silence the other side is asked for a sign of life. Default: 15 s, the usual time between bookmarks */
  readonly pingIntervalMs?: number;
  /** How long that may take. Default: 5 s */
  readonly pingTimeoutMs?: number;
  /** For `https:`. Default: Node's own */
  readonly tls?: SecureClientSessionOptions;
}

/** Every call has it from its own stream. */
function heardByCalls(): void {}
