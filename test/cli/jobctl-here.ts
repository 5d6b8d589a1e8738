import { AsyncLocalStorage } from "node:async_hooks";
import { carryOut } from "../../src/cli/main.ts";
import type { Ended } from "./jobctl-process.ts";

/**
 * `jobctl` in the process of the tests, which costs a tenth of one of its own: for all where that a process ends, is asked
 * something by a signal or reads its standard input is not the point. Several may go on at once: each has what it writes. With
 * `env`, which all would see, it goes on alone.
 */
export async function runHere(
  args: readonly string[],
  { env = {} }: { env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const written = { stdout: "", stderr: "" };
  using _env = new ChangedEnvironment(env);
  const code = await captured.run(written, () => carryOut(["node", "jobctl", ...args]));
  return { code, ...written };
}

/** These variables, until it is disposed of. */
class ChangedEnvironment implements Disposable {
  readonly #before: ReadonlyMap<string, string | undefined>;

  constructor(env: Readonly<Record<string, string>>) {
    this.#before = new Map(Object.keys(env).map((name) => [name, process.env[name]]));
    Object.assign(process.env, env);
  }

  [Symbol.dispose](): void {
    for (const [name, value] of this.#before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

const captured = new AsyncLocalStorage<{ stdout: string; stderr: string }>();

for (const name of ["stdout", "stderr"] as const) {
  const stream = process[name];
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = (...args: unknown[]) => {
    const written = captured.getStore();
    if (written === undefined) return write(...args);
    written[name] += String(args[0]);
    return true;
  };
}
