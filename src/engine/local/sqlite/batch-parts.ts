import { emptyBatch, type StoredBatch } from "../job-store.ts";
import type { BatchRows } from "./store-requests.ts";

/**
 * What follows from a restart is one batch, however many jobs it is about. A batch that is large is encoded, and goes to the thread
 * that writes it, in parts: the event loop has its turns between them, and the thread writes one while the next is made.
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

/** Batches in their order, as they are written: a large one alone, others with their neighbours. */
export function groupsOf(batches: readonly StoredBatch[]): (readonly StoredBatch[])[] {
  const groups: StoredBatch[][] = [];
  for (const [index, batch] of batches.entries()) {
    const before = batches[index - 1];
    if (before === undefined || isLarge(before) || isLarge(batch)) groups.push([]);
    groups.at(-1)?.push(batch);
  }
  return groups;
}

/** Of the rows of a batch the last of each kind: by them it is told whether it is written. */
export function lastRows(rows: BatchRows): BatchRows {
  return { nowMs: rows.nowMs, ...listsOf((list) => rows[list].slice(-1)) };
}

/** The rows of a batch, given those of its parts. */
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
