import type { Socket } from "node:net";
import { createServer, type Server, type TLSSocket } from "node:tls";
import type { TlsFiles } from "../configuration/configuration.ts";
import type { TlsMaterial } from "../secrets/tls-material.ts";

/**
 * The handshakes of a port: takes a connection that begins as TLS does, and gives what comes out of it in the clear. It has no
 * time limit of its own: whoever gave it the connection closes that when it takes too long.
 */
export class TlsHandshakes {
  readonly #server: Server;
  readonly #begun = new Map<string, (decrypted: TLSSocket) => void>();

  constructor({ clientCa, isClientCertRequired }: Pick<TlsFiles, "clientCa" | "isClientCertRequired">) {
    this.#server = createServer({
      ALPNProtocols: ["http/1.1", "h2"],
      requestCert: clientCa !== undefined,
      rejectUnauthorized: isClientCertRequired,
    });
    this.#server.on("secureConnection", (decrypted) => this.#done(decrypted));
    // The connection is closed by then, which is what counts.
    this.#server.on("tlsClientError", ignore);
  }

  /** Connections from now on are made with these; before that none can be. */
  update({ cert, key, clientCa: ca, minVersion }: TlsMaterial): void {
    this.#server.setSecureContext({ cert, key, minVersion, ...(ca !== undefined && { ca }) });
  }

  /**
   * Begins one. Its first bytes may have been read and put back. `onDone` is called if it comes to its end; where it fails, the
   * connection closes, and where that is closed it ends.
   */
  begin(socket: Socket, onDone: (decrypted: TLSSocket) => void): void {
    const key = keyOf(socket);
    this.#begun.set(key, onDone);
    socket.once("close", () => {
      if (this.#begun.get(key) === onDone) this.#begun.delete(key);
    });
    this.#server.emit("connection", socket);
  }

  #done(decrypted: TLSSocket): void {
    const key = keyOf(decrypted);
    const onDone = this.#begun.get(key);
    this.#begun.delete(key);
    decrypted.on("error", ignore);
    if (onDone === undefined || isUnverified(decrypted)) decrypted.destroy();
    else onDone(decrypted);
  }
}

/** A certificate that nobody vouches for is worse than none: whoever shows it believes to be somebody here. */
function isUnverified(decrypted: TLSSocket): boolean {
  return !decrypted.authorized && decrypted.getPeerX509Certificate() !== undefined;
}

/** The server tells neither of its two sockets of the other; what connects them is that it is one connection. */
function keyOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}

function ignore(): void {}
