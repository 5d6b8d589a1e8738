import { parentPort, workerData } from "node:worker_threads";
import { thrownText } from "../thrown-text.ts";

/** Loads a module as a thread does, runs nothing of it, and tells what is wrong with it: nothing, where it exports `run`. */
void faultOf(String(workerData)).then((fault) => parentPort?.postMessage(fault));

async function faultOf(href: string): Promise<string | undefined> {
  try {
    const module: Record<string, unknown> = await import(/* @vite-ignore */ href);
    const { run } = module;
    if (typeof run === "function") return undefined;
    const names = Object.keys(module).join(", ") || "nothing";
    return `expected a module that exports run(ctx), found one that exports ${names}`;
  } catch (error) {
    return `cannot import it: ${thrownText(error)}`;
  }
}
