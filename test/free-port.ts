import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port on loopback that nobody listens on, for those who must know it beforehand, or come back to it. It is none of those that
 * systems give out by themselves, from 32768 on: one of those can be somebody else's by the time that it is used.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 32_768);
    if (isOwn(port) && (await isFree(port))) return port;
  }
}

export async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}

/** Files are tested side by side, and each of their processes has ports that no other takes. */
function isOwn(port: number): boolean {
  const { VITEST_POOL_ID = "0" } = process.env;
  return port % 64 === Number(VITEST_POOL_ID) % 64;
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, "127.0.0.1");
  try {
    await once(probe, "listening");
    return true;
  } catch {
    return false;
  } finally {
    await new Promise((resolve) => probe.close(resolve));
  }
}
