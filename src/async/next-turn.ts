import { setImmediate } from "node:timers/promises";

/**
 * Resolves once everything else that is ready has had its turn of the event loop: I/O, timers, other work. For loops that
 * may never have to wait, and would keep all of it waiting.
 */
export function nextTurn(): Promise<void> {
  return setImmediate();
}
