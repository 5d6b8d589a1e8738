import { emptyBatch, type StoredBatch } from "../job-store.ts";
import type { BatchRows } from "./store-requests.ts";

/**
 * What follows from a restart is one batch, however many jobs it is about. A batch that is large is encoded, and goes to the thread
 * that writes it, in parts, so that the event loop has its turns between them.
 */
export function isLarge({ changes, jobs, runs }: StoredBatch): boolean {
  return Math.max(changes.length, jobs.size, runs.length) > partSize;
}

/** What makes up a batch, in parts that are not large. */
export function* partsOf(batch: StoredBatch): Generator<StoredBatch> {
  for (const changes of slices(batch.changes)) yield { ...emptyBatch, changes };
  for (const jobs of slices([...batch.jobs])) yield { ...emptyBatch, jobs: new Map(jobs) };
  for (const runs of slices(batch.runs)) yield { ...emptyBatch, runs };
  yield { ...batch, changes: [], jobs: new Map(), runs: [] };
}

/** True where the rows of a batch have parts. */
export function areMany(rows: BatchRows): boolean {
  return rowLists.some((list) => rows[list].length > partSize);
}

/** The rows of a batch, in parts that are not large. */
export function* partsOfRows(rows: BatchRows): Generator<BatchRows> {
  const { nowMs } = rows;
  const longest = Math.max(...rowLists.map((list) => rows[list].length));
  for (let from = 0; from < longest; from += partSize)
    yield { nowMs, ...listsOf((list) => rows[list].slice(from, from + partSize)) };
}

/** The rows of a batch, given its parts, or rows of these. */
export function joinedRows(parts: readonly BatchRows[]): BatchRows {
  const nowMs = Math.max(...parts.map((part) => part.nowMs));
  return { nowMs, ...listsOf((list) => parts.flatMap((part): readonly unknown[] => part[list])) };
}

const rowLists = [
  "accepted",
  "changes",
  "jobs",
  "removed",
  "runs",
  "circuits",
  "receipts",
  "refusals",
  "settled",
] as const satisfies readonly (keyof BatchRows)[];

type RowList = (typeof rowLists)[number];
type RowLists = Omit<BatchRows, "nowMs">;

function listsOf(rowsOf: (list: RowList) => readonly unknown[]): RowLists {
  return Object.fromEntries(rowLists.map((list) => [list, rowsOf(list)])) as unknown as RowLists;
}

function* slices<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < all.length; from += partSize) yield all.slice(from, from + partSize);
}

const partSize = 256;
