import { tmpdir } from "node:os";
import type { ProcessWork } from "../../src/runner/work.ts";

/**
 * The work of running a script with `node -e`. The script can call `arrive(name, then)`, which connects to the
 * witness at `$WITNESS` and calls `then` once it has said its name; the process ends when the witness says so,
 * or is gone. `child(script, options)` spawns another like it.
 */
export function nodeWork(script: string, options: Partial<Omit<ProcessWork, "command">> = {}): ProcessWork {
  return {
    kind: "process",
    command: [process.execPath, "-e", prelude + script],
    cwd: tmpdir(),
    env: {},
    inputEnv: {},
    stdin: "none",
    ...options,
  };
}

const prelude = `
  const arrive = (name, then) => {
    const socket = require("node:net").connect(process.env.WITNESS, () => socket.write(name, then));
    socket.on("data", () => process.exit(0));
    socket.on("close", () => process.exit(0));
  };
  const child = (script, options) => {
    const prelude = "const arrive = " + arrive + ";";
    return require("node:child_process").spawn(process.execPath, ["-e", prelude + script], options);
  };
`;
