import { StoreCheckpointer } from "./store-checkpointer.ts";
import { StoreReader } from "./store-reader.ts";
import type { ConnectionRole, OnPart, StoreRequests } from "./store-requests.ts";
import { StoreWriter } from "./store-writer.ts";

export interface OpenedHandler {
  readonly handler: Partial<StoreRequests>;
  /** Of the writer, what it found in the file. */
  readonly loaded?: unknown;
}

/** Opens the connection for a role, in the thread that is to have it. Throws a `StoreError` where that is not possible. */
export function openHandler(options: ConnectionRole, onPart: OnPart): OpenedHandler {
  switch (options.role) {
    case "writer": {
      const handler = new StoreWriter(options, onPart);
      return { handler, loaded: handler.loaded };
    }
    case "reader":
      return { handler: new StoreReader(options.file) };
    case "checkpointer":
      return { handler: new StoreCheckpointer(options.file) };
  }
}
