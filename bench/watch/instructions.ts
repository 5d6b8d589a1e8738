import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** What a benchmark has a server in a process of its own do, over the pipe between them. */
export type Instruction = "change" | "storm" | "calm" | "memory";

/** What a process holds, in bytes, once the garbage is collected. */
export interface Memory {
  readonly rss: number;
  /** The JavaScript heap, and the buffers and native objects that belong to it. */
  readonly heap: number;
}

export function instruct({ process: child }: { process: ChildProcess }, instruction: Instruction): void {
  child.send(instruction);
}

/** Asks until the server holds no less than a moment ago: until what was under way has come to rest. */
export async function settledMemoryOf(server: { process: ChildProcess }): Promise<Memory> {
  for (let before = await memoryOf(server); ; ) {
    await sleep(500);
    const now = await memoryOf(server);
    if (now.heap > before.heap * 0.995) return now;
    before = now;
  }
}

async function memoryOf(server: { process: ChildProcess }): Promise<Memory> {
  instruct(server, "memory");
  const [memory] = await once(server.process, "message");
  return memory;
}

/** The server's side; whatever it does not do by itself it is given here. */
export function obey(doings: Readonly<Partial<Record<Instruction, () => void>>>): void {
  process.on("message", (instruction: Instruction) => {
    if (instruction === "memory") void compactedMemory().then((memory) => process.send?.(memory));
    else doings[instruction]?.();
  });
}

async function compactedMemory(): Promise<Memory> {
  setFlagsFromString("--expose-gc");
  const collectGarbage: (options: object) => void = runInNewContext("gc");
  for (let pass = 0; pass < 3; pass++) {
    // The last resort also gives back to the system what has become free.
    collectGarbage({ type: "major", execution: "sync", flavor: "last-resort" });
    await setImmediate();
  }
  const { rss, heapUsed, external } = process.memoryUsage();
  return { rss, heap: heapUsed + external };
}
