import { setImmediate as turn } from "node:timers/promises";
import { type OpenedHandler, openHandler } from "../../../src/engine/local/sqlite/store-handler.ts";
import type {
  ConnectionRole,
  OnPart,
  StoreConnection,
} from "../../../src/engine/local/sqlite/store-requests.ts";

/**
 * A connection without a thread of its own, for tests that need many stores: what is asked of it is done in a later turn
 * of the event loop, in order.
 */
export function inlineConnection(role: ConnectionRole, onPart: OnPart): StoreConnection {
  const opening: Promise<OpenedHandler> = turn().then(() => openHandler(role, onPart));
  const opened = opening.then(({ loaded }) => loaded);
  opened.catch(() => {});
  let last: Promise<unknown> = opened;
  const call: StoreConnection["call"] = (method, ...[argument]) => {
    const result = last.then(turn).then(async () => (await opening).handler[method]?.(argument as never));
    last = result.catch(() => {});
    return result as Promise<never>;
  };
  const close = async () => {
    await call("close").catch(() => {});
  };
  return { opened, isUsable: true, ended: new Promise(() => {}), call, close };
}
