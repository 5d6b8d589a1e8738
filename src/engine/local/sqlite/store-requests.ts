import type { StoreErrorCode } from "./store-error.ts";

/**
 * What the main thread asks of the threads of a SQLite store, and what they answer: rows of strings and numbers, as
 * they are in the file. What they mean is known to `row-codec.ts`.
 */
export interface StoreRequests {
  /** Writes all of them in one transaction; where that fails, each in its own. After parts: their batch, of which this is the last. */
  write(batches: readonly BatchRows[]): WriteResult;
  /** Takes a part of a large batch, which `write` is to write. Nothing else is written in between. */
  writePart(rows: BatchRows): void;
  /** No more parts come of the batch: nothing of it is written. */
  abandonParts(): void;
  /** Of a write whose thread has ended before it told: which of them are in the file. */
  whatBecameOf(batches: readonly BatchRows[]): WriteResult;
  /** Tries whether everything can be written. */
  probe(): WriteResult;
  /** Newest first. */
  runs(query: RunsQuery): readonly string[];
  receipt(query: ReceiptQuery): ReceiptRow | undefined;
  /** Brings what is in the write-ahead log into the main file. */
  checkpoint(): void;
  close(): void;
}

/** What a connection is for, from its start. */
export type ConnectionRole =
  | ({ readonly role: "writer" } & WriterOptions)
  | { readonly role: "reader" | "checkpointer"; readonly file: string };

export interface WriterOptions {
  readonly file: string;
  readonly retention: RetentionOptions;
  /** How much room is kept for what must still be written when the disk is full. In bytes. */
  readonly reserve: number;
  /** By what the server knows its lock again. Default: it need not */
  readonly claim?: number;
  /** True: in the place of one that has ended. Nobody else may have had the file since, and what is in it is known. Default: false */
  readonly isAgain?: boolean;
}

export interface RetentionOptions {
  readonly changes: number;
  readonly runsPerJob: number;
  readonly runsMs: number;
  readonly receipts: number;
  readonly refusals: number;
  readonly receiptsMs: number;
}

/** What the writer tells before it is open: that it has the file, and then what it finds there. */
export type OpeningPart = HeldPart | LoadedPart;

/** Nobody else can use the file any more, and it looks like a store. */
export interface HeldPart {
  readonly kind: "held";
}

/** What the writer finds in the file, in this order. */
export type LoadedPart =
  /** A JSON array of `[jobId, input, result]`, null where there is none. */
  | { readonly kind: "data"; readonly json: Uint8Array<ArrayBuffer> }
  /** A JSON array of `[status, rest]`. */
  | { readonly kind: "jobs"; readonly json: Uint8Array<ArrayBuffer> }
  /** A JSON array of `[revision, status, rest]`: of the last ones, in order. */
  | { readonly kind: "changes"; readonly json: Uint8Array<ArrayBuffer> };

/** Takes in what the writer tells. */
export type OnPart = (part: OpeningPart) => void;

/** The rest of what it finds. */
export interface LoadedRows {
  readonly epoch: string;
  /** When the newest run or receipt was written, by the time of the store; 0 where there is none. */
  readonly newestMs: number;
  readonly circuits: readonly CircuitRow[];
  /** In the order of acceptance. */
  readonly pending: readonly PendingRow[];
}

/** All of a batch, made so that the thread that writes has nothing to decide. */
export interface BatchRows {
  readonly nowMs: number;
  readonly accepted: readonly PendingRow[];
  readonly changes: readonly ChangeRow[];
  readonly jobs: readonly JobUpdateRow[];
  /** Ids of jobs. */
  readonly removed: readonly string[];
  readonly runs: readonly RunRow[];
  readonly circuits: readonly CircuitUpdateRow[];
  readonly receipts: readonly ReceiptRow[];
  readonly refusals: readonly ReceiptRow[];
  /** Ids of commands that are not pending any more. */
  readonly settled: readonly string[];
}

export type JobDataRow = readonly [jobId: string, input: string | null, result: string | null];
export type JobUpdateRow = readonly [
  jobId: string,
  uid: string,
  /** A number: the revision of the change of the batch that has it. */
  status: string | number,
  rest: string,
  /** Unset where it is as it was. */
  data: JobDataRow | undefined,
];
export type ChangeRow = readonly [revision: number, status: string, rest: string];
export type RunRow = readonly [
  jobId: string,
  /** Unset where the batch does not have its job. */
  uid: string | undefined,
  runId: string,
  run: string,
];
export type CircuitRow = readonly [jobType: string, circuit: string];
/** Null: it need not be kept any more. */
export type CircuitUpdateRow = readonly [jobType: string, circuit: string | null];
export type ReceiptRow = readonly [commandId: string, requestId: string, content: string, settlement: string];
export type PendingRow = readonly [commandId: string, acceptTimeMs: number, command: string];

export interface RunsQuery {
  readonly jobId: string;
  readonly size: number;
  readonly before: string | null;
}

export interface ReceiptQuery {
  readonly column: "command_id" | "request_id";
  readonly value: string;
  /** Older ones do not count. */
  readonly sinceMs: number;
}

export interface WriteResult {
  /** One for each batch: unset where it is written. */
  readonly faults: readonly (WriteFault | undefined)[];
  readonly health: StoreHealth;
  /** False where the room that is kept for a full disk could not be had when it was tried last. */
  readonly isReserved: boolean;
  /** Pages of the write-ahead log that are not in the main file yet. */
  readonly unsavedPages: number;
}

export interface WriteFault {
  /** STORE_LOST: it may be written. */
  readonly code: "STORE_FULL" | "STORE_UNAVAILABLE" | "STORE_LOST";
  /** For the log; callers do not see it. */
  readonly cause: string;
}

/** `full`: what was reserved is being used up, for what must go on. */
export type StoreHealth = "writable" | "full" | "unavailable";

/** A connection, wherever it is. Requests are answered in the order in which all of them are there: a large one takes longer. */
export interface StoreConnection {
  /** Of the writer, what it found in the file. Rejects with a `StoreError` where that cannot be used. */
  readonly opened: Promise<unknown>;
  /** False once it can answer nothing any more. */
  readonly isUsable: boolean;
  /** Resolves with the reason when it has ended, and has let go of the file. */
  readonly ended: Promise<Error>;
  call<Method extends keyof StoreRequests>(
    method: Method,
    ...argument: Parameters<StoreRequests[Method]>
  ): Promise<ReturnType<StoreRequests[Method]>>;
  /** Never rejects. */
  close(): Promise<void>;
}

export interface Request {
  readonly id: number;
  readonly method: keyof StoreRequests;
  readonly argument: unknown;
}

/** The one of id 0 tells that the thread is open, and of the writer what it found, after the parts of that. */
export type Response =
  | { readonly part: OpeningPart }
  | { readonly id: number; readonly result: unknown }
  | FailedResponse;

export interface FailedResponse {
  readonly id: number;
  readonly code: StoreErrorCode | undefined;
  readonly message: string;
}
