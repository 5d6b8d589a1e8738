import type { JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { Outcome } from "../../../src/job/settlement.ts";
import type { JobHistory } from "../../../src/testing/job-history.ts";

/** A command as a caller sends it, and sends it again until it is answered. */
export interface Order {
  readonly kind: "start" | "stop" | "pause" | "resume" | "trigger";
  readonly jobId: string;
  readonly conflictPolicy: "use-existing" | "fail" | "replace";
  readonly replyMode: "applied" | "accepted";
  /** Stop: answered once the job has stopped. */
  readonly wait: boolean;
  readonly force: boolean;
  /** Start: the length of its input. The more there is to write, the longer a kill can come in between. */
  readonly inputSize: number;
}

/** One answer. The moments only count, over all callers and servers. */
export interface Heard {
  readonly requestId: string;
  readonly order: Order;
  /** When the request was sent for the first time. */
  readonly sentAt: number;
  readonly heardAt: number;
  readonly told: Told;
}

export type Told =
  | {
      readonly kind: "answered";
      readonly outcome: Outcome;
      readonly commandId: string;
      readonly replayed: boolean;
      readonly status: JobStatus | undefined;
      /** Trigger: the run that it began. Else empty. */
      readonly runId: string;
    }
  | { readonly kind: "refused"; readonly reason: string };

/** A linearizable read. */
export interface Read {
  readonly jobId: string;
  readonly sentAt: number;
  readonly heardAt: number;
  /** Unset: there was no such job. */
  readonly status: JobStatus | undefined;
}

/** What GetCommand tells of a request. */
export interface FoundReceipt {
  readonly commandId: string;
  readonly outcome: Outcome;
}

/** A run that a job's function began, as it wrote down itself. */
export interface BegunRun {
  readonly jobId: string;
  readonly runId: string;
}

/** All that is known of a service whose server was killed again and again, once every request is answered. */
export interface Evidence {
  readonly heard: readonly Heard[];
  readonly reads: readonly Read[];
  /** By request id, at the end. */
  readonly receipts: ReadonlyMap<string, FoundReceipt>;
  /** The jobs at the end, by ListJobs. */
  readonly jobs: readonly JobStatus[];
  /** By job, newest first, by ListRuns. */
  readonly runs: ReadonlyMap<string, readonly string[]>;
  readonly begun: readonly BegunRun[];
  /** From the file, after the last kill. */
  readonly history: JobHistory;
  /** How often a server was killed. */
  readonly kills: number;
  /** Types whose lost runs are made up for. */
  readonly restarts: ReadonlySet<string>;
  /** Types whose functions write down what they begin. */
  readonly traced: ReadonlySet<string>;
}

/** A rule that was broken. */
export interface Fault {
  readonly rule: /** What was answered is in the store, as it was answered. */
    | "present"
    /** Every command that was answered changed its job once, and nothing else did. */
    | "once"
    /** Revisions never go back. */
    | "ordered"
    /** The same request id brings the same answer, and GetCommand tells the same. */
    | "replayed"
    /** No request is refused but for the state of its job, or because a Stop overtook it. */
    | "refused"
    /** Every run was asked for, begins once, and is in the list of runs. */
    | "run"
    /** A run is lost with its server only, and never beside another of its job. */
    | "alone";
  readonly about: string;
  readonly found: string;
}
