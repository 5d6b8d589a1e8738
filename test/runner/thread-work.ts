import type { ThreadWork } from "../../src/runner/work.ts";

/** The work of a module with this text, in JavaScript. */
export function threadWork(text: string, options: Partial<Omit<ThreadWork, "module">> = {}): ThreadWork {
  return {
    kind: "thread",
    module: `data:text/javascript,${encodeURIComponent(text)}`,
    pool: 2,
    memoryBytes: 256 * 2 ** 20,
    ...options,
  };
}

/** The same, of a `run(ctx)` with this body. */
export function threadRun(body: string, options?: Partial<Omit<ThreadWork, "module">>): ThreadWork {
  return threadWork(`export async function run(ctx) { ${body} }`, options);
}
