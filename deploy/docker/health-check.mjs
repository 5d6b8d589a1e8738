// Exits 0 where the server of this container is alive, and 1 where it is not. It asks within the container, so there is nobody
// whose certificate had to be verified. Where `tls.clientCert` is `required` it cannot ask: have another check then.
import { get as http } from "node:http";
import { get as https } from "node:https";

const { JOBCONTROL_LISTEN = "127.0.0.1:50051" } = process.env;
const colon = JOBCONTROL_LISTEN.lastIndexOf(":");
const port = JOBCONTROL_LISTEN.slice(colon + 1);
const listened = JOBCONTROL_LISTEN.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
// Where it listens on all addresses, loopback is one of them.
const host = { "0.0.0.0": "127.0.0.1", "::": "::1" }[listened] ?? listened;
const asked = { host, port, path: "/livez", timeout: 4000, agent: false };

/** @param {typeof http} get */
function statusOf(get, options = asked) {
  return new Promise((resolve) => {
    const request = get(options, (answer) => resolve(answer.resume().statusCode));
    request.on("error", () => resolve(undefined));
    request.on("timeout", () => request.destroy());
  });
}

// A port with TLS answers plain text with 400.
const plain = await statusOf(http);
const status = plain === 400 ? await statusOf(https, { ...asked, rejectUnauthorized: false }) : plain;
process.exit(status === 200 ? 0 : 1);
