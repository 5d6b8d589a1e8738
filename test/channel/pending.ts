/** Looks at promises without waiting for them. */
import { getEventListeners } from "node:events";
import { setImmediate } from "node:timers/promises";

/** Lets everything that can go on go on: all microtasks run, and no time passes. */
export async function turn(): Promise<void> {
  await setImmediate();
}

/** What became of a promise after a turn. */
export async function outcome(
  promise: Promise<unknown>,
): Promise<"pending" | { value: unknown } | { reason: unknown }> {
  let result: "pending" | { value: unknown } | { reason: unknown } = "pending";
  promise.then(
    (value) => {
      result = { value };
    },
    (reason) => {
      result = { reason };
    },
  );
  await turn();
  return result;
}

export async function isPending(promise: Promise<unknown>): Promise<boolean> {
  return (await outcome(promise)) === "pending";
}

/** Marks a promise's rejection as seen, for a test that is about something else. */
export function ignore(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

export function abortListeners(signal: AbortSignal): number {
  return getEventListeners(signal, "abort").length;
}
