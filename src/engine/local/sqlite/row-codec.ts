import { assertNever } from "../../../job/assert-never.ts";
import { type Circuit, isUntroubled } from "../../../job/circuit.ts";
import type { ChangeCommand } from "../../../job/command.ts";
import type { Change, Job, RunRecord } from "../../../job/job.ts";
import type { JobStatus } from "../../../job/job-status.ts";
import type { JsonObject } from "../../../job/json.ts";
import { type AcceptedCommand, replays, type StoredBatch, type StoredReceipt } from "../job-store.ts";
import type {
  BatchRows,
  ChangeRow,
  CircuitRow,
  CircuitUpdateRow,
  JobUpdateRow,
  LoadedPart,
  PendingRow,
  ReceiptRow,
  RunRow,
} from "./store-requests.ts";
import type { JobData, StoredContent } from "./stored-content.ts";

/** What the store's rows mean: JSON of the core's own words. */

export function encodeBatch(batch: StoredBatch, stored: StoredContent, options: EncodeOptions): BatchRows {
  const { nowMs, history, whole = batch } = options;
  const keptAfter = (whole.changes.at(-1)?.revision ?? 0) - history;
  const keptChanges = batch.changes.filter(({ revision }) => revision > keptAfter);
  return {
    nowMs: Math.round(nowMs),
    accepted: batch.accepted.map(encodePending),
    changes: keptChanges.map(encodeChange),
    jobs: Array.from(batch.jobs.values(), (job) => encodeJob(job, { stored, keptAfter })),
    removed: batch.changes.filter(({ kind }) => kind === "removed").map(({ status }) => status.jobId),
    runs: batch.runs.map((record) => encodeRun(record, whole)),
    circuits: Array.from(batch.circuits, encodeCircuit),
    receipts: batch.receipts.filter(replays).map(encodeReceipt),
    refusals: batch.receipts.filter((stored) => !replays(stored)).map(encodeReceipt),
    settled: batch.receipts
      .map(({ settlement }) => settlement.receipt.commandId)
      .filter((commandId) => stored.hasPending(commandId)),
  };
}

export interface EncodeOptions {
  readonly nowMs: number;
  /** How many changes are kept: those that would go at once are not written. */
  readonly history: number;
  /** What the batch is a part of. Default: nothing but itself */
  readonly whole?: StoredBatch;
}

/** Makes of the parts that a store is loaded in what is in it. Throws a `SyntaxError` where a row is damaged. */
export class StateDecoder {
  readonly #text = new TextDecoder();
  /** By the ids of their jobs. */
  readonly data = new Map<string, JobData>();
  readonly jobs: Job[] = [];
  readonly changes: Change[] = [];

  add(part: LoadedPart): void {
    switch (part.kind) {
      case "data":
        for (const data of this.#parse<ParsedData>(part.json)) this.data.set(data[0], decodeData(data));
        break;
      case "jobs":
        for (const job of this.#parse<ParsedJob>(part.json))
          this.jobs.push(decodeJob(job, this.data.get(job[0].jobId)));
        break;
      case "changes":
        for (const change of this.#parse<ParsedChange>(part.json)) this.changes.push(decodeChange(change));
        break;
      default:
        assertNever(part);
    }
  }

  #parse<Row>(json: Uint8Array): Row[] {
    return JSON.parse(this.#text.decode(json));
  }
}

function encodeCircuit([typeName, circuit]: readonly [string, Circuit]): CircuitUpdateRow {
  return [typeName, isUntroubled(circuit) ? null : JSON.stringify(circuit)];
}

/** Throws a `SyntaxError` where it is damaged. */
export function decodeCircuit([typeName, circuit]: CircuitRow): readonly [string, Circuit] {
  return [typeName, JSON.parse(circuit)];
}

export function decodeReceipt([, , content, settlement]: ReceiptRow): StoredReceipt {
  return { content, settlement: JSON.parse(settlement) };
}

function encodeReceipt({ content, settlement }: StoredReceipt): ReceiptRow {
  const { commandId, requestId } = settlement.receipt;
  return [commandId, requestId, content, JSON.stringify(settlement)];
}

function encodeJob(job: Job, { stored, keptAfter }: EncodeJobOptions): JobUpdateRow {
  const { status, input, result, ...rest } = job;
  const { jobId, uid, revision } = status;
  const data = stored.hasData(job) ? undefined : ([jobId, textOrNull(input), textOrNull(result)] as const);
  return [jobId, uid, revision > keptAfter ? revision : JSON.stringify(status), JSON.stringify(rest), data];
}

interface EncodeJobOptions {
  readonly stored: StoredContent;
  /** Up to this revision changes are not written. */
  readonly keptAfter: number;
}

function encodeRun({ jobId, run }: RunRecord, { jobs }: StoredBatch): RunRow {
  return [jobId, jobs.get(jobId)?.status.uid, run.runId, JSON.stringify(run)];
}

type ParsedJob = readonly [status: JobStatus, rest: Pick<Job, "generation" | "forced">];

function decodeJob([status, rest]: ParsedJob, data: JobData | undefined): Job {
  return { ...rest, ...data, status };
}

type ParsedData = readonly [jobId: string, input: JsonObject | null, result: JsonObject | null];

function decodeData([, input, result]: ParsedData): JobData {
  return { input: input ?? undefined, result: result ?? undefined };
}

function textOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

/** Labels that stay as they are, as nearly all do, are not written twice. */
function encodeChange({ revision, status, previousLabels, ...rest }: Change): ChangeRow {
  const labels = previousLabels === status.labels ? { sameLabels: true } : { previousLabels };
  return [revision, JSON.stringify(status), JSON.stringify({ ...rest, ...labels })];
}

type ParsedChange = readonly [
  revision: number,
  status: JobStatus,
  rest: Pick<Change, "kind" | "progressOnly"> & { readonly sameLabels?: true },
];

function decodeChange([revision, status, { sameLabels, ...rest }]: ParsedChange): Change {
  return { ...rest, ...(sameLabels && { previousLabels: status.labels }), revision, status };
}

function encodePending({ command, acceptTimeMs }: AcceptedCommand): PendingRow {
  return [command.commandId, acceptTimeMs, JSON.stringify(command)];
}

/** Throws a `SyntaxError` where it is damaged. */
export function decodePending([, acceptTimeMs, text]: PendingRow): AcceptedCommand {
  const command: ChangeCommand = JSON.parse(text);
  return { command, acceptTimeMs };
}
