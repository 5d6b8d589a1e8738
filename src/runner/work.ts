import type { JobFunction } from "./job-context.ts";

/** What a job type does when one of its jobs runs: the operator's declaration, checked. */
export type Work = FunctionWork | ProcessWork;

/** A function of this process. It shares its event loop, so it must not hold the CPU. */
export interface FunctionWork {
  readonly kind: "function";
  readonly run: JobFunction;
}

/** A program of its own. No shell reads the command, and nothing that a caller sends becomes part of it. */
export interface ProcessWork {
  readonly kind: "process";
  /**
   * The program and its fixed arguments. A bare name is looked for in the declared `PATH`, or without one in
   * the server's own; a relative path is taken from `cwd`.
   */
  readonly command: readonly [program: string, ...args: string[]];
  /** An absolute path. */
  readonly cwd: string;
  /** All of the environment that the program gets; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** `input`: the job's input as one JSON object, then the end. `none`: at its end from the start. */
  readonly stdin: "input" | "none";
}
