import { createGrpcTransport } from "@connectrpc/connect-node";
import { createClientOn, type TransportClient, type TransportClientOptions } from "./client-on.ts";
import { Sessions } from "./sessions.ts";
import { isThisMachine } from "./this-machine.ts";
import { sessionTls, type TlsOptions } from "./tls.ts";
import { bearerToken, type Token } from "./token.ts";

export interface ClientOptions extends TransportClientOptions {
  /** `host:port` */
  readonly address: string;
  /** How TLS is spoken; true: with what the machine trusts. Default: false, plain text */
  readonly tls?: boolean | TlsOptions | undefined;
  /** Who calls, for a server that wants to know. Over plain text it is sent to this machine alone. */
  readonly token?: Token | undefined;
  /** True: the token is sent over plain text to any server, as where something on the way does TLS. Default: false */
  readonly plainTextToken?: boolean | undefined;
}

export interface JobControlClient extends TransportClient, Disposable {
  /** Closes the connection; calls and watches that are under way fail, and later ones too (CANCELLED). */
  [Symbol.dispose](): void;
}

/**
 * Creates a typed client over gRPC. It connects with its first call. Throws a `TypeError` where the token would go over the
 * network in plain text, or is none, and where a certificate cannot be read.
 *
 * @example
 * using client = createJobControlClient({ address: "127.0.0.1:50051" });
 * const { status } = await client.start({ jobId: "disk-report" }, { wait: true });
 */
export function createJobControlClient(options: ClientOptions): JobControlClient {
  const { address, tls = false, token, plainTextToken = false, timeoutMs } = options;
  const baseUrl = `${tls === false ? "http" : "https"}://${address}`;
  if (token !== undefined && tls === false && !plainTextToken && !isThisMachine(address))
    throw new TypeError(`Token would be sent in plain text: ${address}`);
  const sessions = new Sessions(baseUrl, tls === false ? {} : { tls: sessionTls(tls === true ? {} : tls) });
  const transport = createGrpcTransport({
    baseUrl,
    sessionManager: sessions,
    interceptors: token === undefined ? [] : [bearerToken(token)],
  });
  return {
    ...createClientOn(transport, { timeoutMs }),
    [Symbol.dispose]: () => sessions[Symbol.dispose](),
  };
}
