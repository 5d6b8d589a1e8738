import type { JobFunction } from "./job-context.ts";

/** What a job type does when one of its jobs runs: the operator's declaration, checked. */
export type Work = FunctionWork | ThreadWork | ProcessWork;

/** A function of this process. It shares its event loop, so it must not hold the CPU. */
export interface FunctionWork {
  readonly kind: "function";
  readonly run: JobFunction;
}

/** A module in a worker thread of its own, for work that holds the CPU. It exports `run`, a `JobFunction`. */
export interface ThreadWork {
  readonly kind: "thread";
  /** The URL of the module. It is loaded by the first run of each thread. */
  readonly module: string;
  /** How many threads are kept between runs. */
  readonly pool: number;
  /** What one thread may take, heap and buffers together. */
  readonly memoryBytes: number;
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
  /** With `inputEnv` all of the environment that the program gets; nothing is inherited. */
  readonly env: Readonly<Record<string, string>>;
  /** By the name of a variable, the field of the job's input that it is set to. None that `env` has. */
  readonly inputEnv: Readonly<Record<string, string>>;
  /** The descriptor, 3 or more, to which the program writes its progress as JSON lines. */
  readonly progressFd?: number | undefined;
  /** `input`: the job's input as one JSON object, then the end. `none`: at its end from the start. */
  readonly stdin: "input" | "none";
}
