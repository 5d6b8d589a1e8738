import { parentPort, workerData } from "node:worker_threads";
import { StoreError } from "./store-error.ts";
import { openHandler } from "./store-handler.ts";
import type { ConnectionRole, OpeningPart, Request, Response } from "./store-requests.ts";

/**
 * A thread of a SQLite store: opens its connection, tells so, and answers requests one by one. Where it cannot open,
 * there is nothing to listen for, and it ends.
 */
function serve(options: ConnectionRole): void {
  respond(0, () => {
    const { handler, loaded } = openHandler(options, sendPart);
    parentPort?.on("message", ({ id, method, argument }: Request) => {
      respond(id, () => handler[method]?.(argument as never));
    });
    return loaded;
  });
}

/** Without a copy: the bytes are the other thread's from then on. */
function sendPart(part: OpeningPart): void {
  parentPort?.postMessage({ part } satisfies Response, part.kind === "held" ? [] : [part.json.buffer]);
}

function respond(id: number, handle: () => unknown): void {
  let response: Response;
  try {
    response = { id, result: handle() };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    response = { id, message, code: error instanceof StoreError ? error.code : undefined };
  }
  parentPort?.postMessage(response);
}

serve(workerData as ConnectionRole);
