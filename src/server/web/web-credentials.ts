import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { TLSSocket } from "node:tls";
import type { Credentials } from "../../rpc/access.ts";
import { certificateNames } from "../certificate-names.ts";

/** What a request over HTTP/1.1 shows of who sends it. */
export function credentialsOf(request: IncomingMessage): Credentials {
  return {
    get authorization() {
      return authorizationOf(request);
    },
    get certificateNames() {
      return namesOf(request.socket);
    },
    get address() {
      return addressOf(request);
    },
  };
}

export function addressOf({ socket: { remoteAddress, remotePort } }: IncomingMessage): string {
  return `${remoteAddress}:${remotePort}`;
}

/** Of two such headers Node takes the first, and a proxy may have looked at the other: joined they are no token. */
function authorizationOf({ headers, rawHeaders }: IncomingMessage): string | undefined {
  if (headers.authorization === undefined) return undefined;
  const values = rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === "authorization",
  );
  return values.join(", ");
}

/** A connection has one certificate, and many requests. */
const known = new WeakMap<Socket, readonly string[]>();

function namesOf(socket: Socket): readonly string[] {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return [];
  const names = known.get(socket) ?? certificateNames(socket.getPeerCertificate());
  known.set(socket, names);
  return names;
}
