/** Where a run wrote a line: to the log that its work was given, or to an output of its process. */
export type OutputSource = "log" | "stdout" | "stderr";

/** One line that a run wrote. */
export interface OutputLine {
  /** When the server took it in, in milliseconds since 1970 in UTC. */
  readonly timeMs: number;
  readonly source: OutputSource;
  /** Without its line break, and without anything that a terminal obeys. */
  readonly text: string;
  readonly runId: string;
}
