import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { JobContext } from "jobcontrol";

export interface ShopOptions {
  /** Its port is where it listens, on loopback. */
  readonly url: string;
  readonly key: string;
}

/** Answers a second. */
const limit = 100;

/**
 * The products of a shop, over HTTP: open until it is stopped. It answers at most a hundred calls a second, and asks for a pause
 * beyond that. Some products are not there, one cannot be read at first, and one makes it think for ever.
 */
export function shopApi({ url: base, key }: ShopOptions) {
  return async ({ signal, progress }: JobContext) => {
    let answered = 0;
    let second = { number: 0, answers: 0 };
    const stumbled = new Set<number>();

    function answer({ url = "", headers }: IncomingMessage, response: ServerResponse): void {
      const number = Number(/^\/products\/(\d+)$/.exec(url)?.[1]);
      const now = Math.floor(performance.now() / 1000);
      if (now !== second.number) second = { number: now, answers: 0 };
      if (headers.authorization !== `Bearer ${key}`) response.writeHead(401).end();
      else if (++second.answers > limit) response.writeHead(429, { "retry-after": "1" }).end();
      else if (number === 113) return;
      else if (!(number >= 1) || number % 50 === 0) response.writeHead(404).end();
      else if (number === 42 && !stumbled.has(number)) {
        stumbled.add(number);
        response.writeHead(500).end();
      } else response.end(JSON.stringify({ number, price: 1 + (number % 7), stock: number % 13 }));
      progress({ current: ++answered, unit: "calls" });
    }

    const server = createServer((request, response) => {
      const timer = setTimeout(answer, 20, request, response);
      response.once("close", () => clearTimeout(timer));
    });
    await once(server.listen(Number(new URL(base).port), "127.0.0.1"), "listening");
    if (!signal.aborted) await once(signal, "abort");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
}
