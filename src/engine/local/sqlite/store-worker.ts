import { parentPort, workerData } from "node:worker_threads";
import { joinedRows } from "./batch-parts.ts";
import { StoreError } from "./store-error.ts";
import { openHandler } from "./store-handler.ts";
import type {
  BatchRows,
  ConnectionRole,
  OpeningPart,
  Request,
  RequestPart,
  Response,
} from "./store-requests.ts";

/**
 * A thread of a SQLite store: opens its connection, tells so, and answers requests one by one. Where it cannot open,
 * there is nothing to listen for, and it ends.
 */
function serve(options: ConnectionRole): void {
  respond(0, () => {
    const { handler, loaded } = openHandler(options, sendPart);
    let parts: RequestPart[] = [];
    parentPort?.on("message", (message: Request | RequestPart) => {
      if ("rows" in message) {
        parts.push(message);
        return;
      }
      const { id, method, argument } = message;
      const sentAhead = parts.filter((part) => part.id === id).map(({ rows }) => rows);
      parts = parts.filter((part) => part.id !== id);
      respond(id, () => handler[method]?.(whole(argument, sentAhead) as never));
    });
    return loaded;
  });
}

/** What is asked, with the parts that were sent ahead. */
function whole(argument: unknown, sentAhead: readonly BatchRows[]): unknown {
  return sentAhead.length === 0 ? argument : [joinedRows([...sentAhead, ...(argument as BatchRows[])])];
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
