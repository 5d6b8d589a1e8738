import type { MessagePort } from "node:worker_threads";
import type { RunResult } from "../../job/run-result.ts";
import type { RunRequest } from "../runner.ts";

/**
 * What a thread and the server say to each other, over a port of their own that the job's module cannot reach. All
 * of it is plain data. What may come in floods goes through shared memory, and is only announced here.
 */
export type ToThread =
  | { readonly kind: "run"; readonly request: RunRequest; readonly memory: RunMemory }
  | { readonly kind: "stop" };

export type FromThread =
  /** A message of `ctx.log()`, for which there was room in the window. */
  | { readonly kind: "logged"; readonly message: string }
  /** What was printed, for which there was room in the window. */
  | { readonly kind: "printed"; readonly pipe: "stdout" | "stderr"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** There is something in the mailbox. */
  | { readonly kind: "progressed" }
  | { readonly kind: "acknowledged" }
  /** The last that is said of a run. */
  | { readonly kind: "ended"; readonly result: RunResult };

/** The first message to a thread, before its module is loaded. */
export interface ThreadStart {
  readonly port: MessagePort;
  /** The URL of the job's module. */
  readonly module: string;
  /** What the thread may take, heap and buffers together. */
  readonly memoryBytes: number;
}

/** What both sides of a run see at once, also while the thread is in a loop. */
export interface RunMemory {
  /** One number, 1 from the stop on: `StopFlag`. */
  readonly stop: SharedArrayBuffer;
  readonly mailbox: SharedArrayBuffer;
  readonly window: SharedArrayBuffer;
}

/** The module could not be loaded, or exports no `run`: the thread is of no use any more. */
export const loadFailed = "LOAD_FAILED";
