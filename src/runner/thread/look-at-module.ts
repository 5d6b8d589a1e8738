import { Worker } from "node:worker_threads";
import { type Clock, systemClock } from "../../async/clock.ts";
import { thrownText } from "../thrown-text.ts";

const workerUrl = new URL(
  import.meta.url.endsWith(".ts") ? "./look-worker.ts" : "./look-worker.js",
  import.meta.url,
);

/**
 * What is wrong with a module that threads are to load, in a sentence; undefined where it can be loaded and exports
 * `run`. It is loaded in a thread of its own, which is ended; what it prints meanwhile is thrown away.
 */
export async function lookAtModule(
  href: string,
  { clock = systemClock, withinMs = 30_000 }: LookOptions = {},
): Promise<string | undefined> {
  const worker = new Worker(workerUrl, { workerData: href, stdout: true, stderr: true });
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  worker.once("message", (fault: string | undefined) => resolve(fault));
  worker.once("error", (error) => resolve(`cannot import it: ${thrownText(error)}`));
  worker.once("exit", (code) => resolve(`cannot import it: ${endedWith(code)}`));
  const timer = clock.setTimer(withinMs, () => resolve(`cannot import it: not loaded within ${withinMs} ms`));
  try {
    return await promise;
  } finally {
    timer.cancel();
    await worker.terminate();
  }
}

/** A thread ends by itself where there is nothing left to wait for. */
function endedWith(code: number): string {
  return code === 0 ? "it waits for what never comes" : `it ended its thread, with ${code}`;
}

export interface LookOptions {
  readonly clock?: Clock;
  readonly withinMs?: number;
}
