import { X509Certificate } from "node:crypto";
import type { SecureClientSessionOptions } from "node:http2";
import { createSecureContext, getCACertificates } from "node:tls";

/** How the server proves who it is, and the client too where it is asked to. All texts are PEM. */
export interface TlsOptions {
  /** The certificates of those that may have signed the server's. Default: those that the system and Node trust */
  readonly ca?: string | undefined;
  /** The client's own certificate, with those between it and its root. */
  readonly cert?: string | undefined;
  /** The key of `cert`. */
  readonly key?: string | undefined;
  /** The name that the server's certificate has to have. Default: the host of the address */
  readonly serverName?: string | undefined;
}

/** What an HTTP/2 connection of Node takes them as. Throws a `TypeError` where one of them cannot be read. */
export function sessionTls({ ca, cert, key, serverName }: TlsOptions): SecureClientSessionOptions {
  try {
    // Node takes any text for one without certificates, and then trusts nobody.
    if (ca !== undefined) new X509Certificate(ca);
    const own = { ...(cert !== undefined && { cert }), ...(key !== undefined && { key }) };
    const secureContext = createSecureContext({ ca: ca ?? trusted(), minVersion: "TLSv1.2", ...own });
    // Said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not have a token sent to whoever answers.
    const verified = { secureContext, rejectUnauthorized: true };
    return { ...verified, ...(serverName !== undefined && { servername: serverName }) };
  } catch (cause) {
    const problem = cause instanceof Error ? cause.message : String(cause);
    throw new TypeError(`Certificates or key of tls cannot be read: ${problem}`, { cause });
  }
}

/** Node's own do not have what an administrator has added to the machine's. */
function trusted(): string[] {
  return [...new Set([...getCACertificates("default"), ...getCACertificates("system")])];
}
