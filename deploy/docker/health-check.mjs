// Exits 0 where the server of this container is alive, and 1 where it is not. It asks on loopback, so there is nobody whose
// certificate had to be verified. Where `tls.clientCert` is `required` it cannot ask: have another check then.
import { get as http } from "node:http";
import { get as https } from "node:https";

const { JOBCONTROL_LISTEN = "127.0.0.1:50051" } = process.env;
const port = JOBCONTROL_LISTEN.slice(JOBCONTROL_LISTEN.lastIndexOf(":") + 1);
const asked = { host: "127.0.0.1", port, path: "/livez", timeout: 4000, agent: false };

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
