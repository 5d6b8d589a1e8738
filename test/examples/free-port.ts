import { once } from "node:events";
import { createServer } from "node:net";

/** A port on loopback that nobody listens on, for those who must know it beforehand. */
export async function freePort(): Promise<number> {
  const probe = createServer();
  await once(probe.listen(0, "127.0.0.1"), "listening");
  const address = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  if (typeof address !== "object" || address === null) throw new Error("The probe has no port");
  return address.port;
}
