import { Harness } from "./core-harness.ts";

/** A core with the jobs `a`, which runs and has written these lines, `b` and `often`, which runs every second. */
export async function running(...texts: readonly string[]): Promise<Harness> {
  const harness = await Harness.start({ types });
  await harness.start("a");
  harness.runner.of("a").write(...texts);
  return harness;
}

const schedule = { kind: "interval", intervalMs: 1000, overlap: "skip", catchUpMs: 0 } as const;
export const types = [{ name: "a" }, { name: "b" }, { name: "often", schedule }];
