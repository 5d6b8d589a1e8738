import type { Command, CommandReference } from "../job/command.ts";
import type { JobFailure, RunStatus } from "../job/job-status.ts";
import type { Answer, Receipt } from "../job/settlement.ts";
import type { TraceContext } from "../job/trace.ts";

/**
 * What is told to whoever traces: calls by the RPC layer, commands by the consumer and the engine, runs by the control
 * core; and the runner asks it to have work done as a part of its run. It is called in the way of every command, so where
 * nobody traces it has to cost next to nothing. None of it throws.
 */
export interface Tracing {
  /** A call has come in. Undefined where nobody traces: nothing of the call was read then. */
  callBegan(call: IncomingCall): CallSpan | undefined;
  /**
   * The consumer has the command, and decides about it now, or again. Returns where it stands in its trace, for what begins
   * because of it; undefined where its call is not traced.
   */
  commandTaken(command: Command, acceptTimeMs: number): TraceContext | undefined;
  /** A command came to its end, also one that was never taken. `answer`: what it brought, if anything. */
  commandSettled(command: Command, receipt: Receipt, answer?: Answer): void;
  /** An attempt of a run begins: the first, a later one, or the fallback. Returns where the run stands in its trace. */
  attemptBegan(attempt: BegunAttempt): TraceContext | undefined;
  /** The run goes on. */
  attemptFailed(runId: string, failure: JobFailure): void;
  runEnded(run: RunStatus): void;
  /** Does the work as a part of the run: what it calls, and what traces itself, belongs to the run's trace. */
  within<T>(run: TracedRun, work: () => T): T;
  /** Has each header set with which a call from here tells the service who caused it. */
  carry(setHeader: (name: string, value: string) => void): void;
  /** Has all that was recorded sent. Resolves when that is done, or has failed. */
  flush(): Promise<void>;
}

/** A call, as every door has it. */
export interface IncomingCall {
  readonly service: { readonly typeName: string };
  readonly method: { readonly name: string };
  /** `grpc`, `grpc-web` or `connect`. */
  readonly protocolName: string;
  readonly requestHeader: Headers;
  /** One of the headers, where a door can tell it without making all of them. */
  header?(name: string): string | undefined;
}

/** What is open of a call until it is answered. */
export interface CallSpan {
  readonly trace: TraceContext;
  /** Ends it with gRPC's code; 0: OK. Only the first call counts. */
  end(code: number): void;
}

export interface BegunAttempt {
  readonly jobId: string;
  readonly jobType: string;
  readonly runId: string;
  /** From 1. */
  readonly attempt: number;
  readonly isFallback: boolean;
  /** Who began the run; unset where its schedule did. */
  readonly command?: CommandReference | undefined;
}

export interface TracedRun {
  readonly runId: string;
  /** Unset: nobody traces. */
  readonly trace?: TraceContext | undefined;
}
