import type { Circuit } from "../job/circuit.ts";
import type { Stopping } from "../job/job-status.ts";
import type { TraceContext } from "../job/trace.ts";

/** Hears from the core what an operator should read. It is told seldom, and once each. It must not throw. */
export interface Journal {
  /** A run ended with its server: in a crash, or cut short by a drain. */
  runLost(run: NotedRun): void;
  /** A run has not ended by itself in its time, or was not to have any, and is ended by force. */
  runForced(run: NotedRun, stopping: Stopping | undefined): void;
  /** The circuit of a type has opened, or closed again. */
  circuitChanged(jobType: string, circuit: Circuit): void;
}

export interface NotedRun {
  readonly jobId: string;
  readonly jobType: string;
  readonly runId: string;
  readonly attempt: number;
  readonly commandId?: string | undefined;
  readonly trace?: TraceContext | undefined;
}
