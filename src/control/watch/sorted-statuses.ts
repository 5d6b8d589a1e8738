import type { JobStatus } from "../../job/job-status.ts";

/**
 * The statuses of all jobs in the order of their ids, in blocks. Whoever goes through them sees them as they were when
 * he began, and holds no copy: he shares the blocks, and a change makes a new block of the one that it is in. So a
 * reader costs the same however many jobs there are, and however long he takes.
 */
export class SortedStatuses {
  #blocks: JobStatus[][] = [];
  /** Blocks that nobody else has seen, and that may be changed in place. */
  readonly #own = new Set<JobStatus[]>();

  set(status: JobStatus): void {
    const { jobId } = status;
    const at = this.#blockOf(jobId);
    const block = this.#owned(at);
    const index = firstFrom(block, jobId);
    if (block[index]?.jobId === jobId) block[index] = status;
    else block.splice(index, 0, status);
    if (block.length > largestBlock) this.#split(at, block);
  }

  delete(jobId: string): void {
    const at = this.#blockOf(jobId);
    const block = this.#owned(at);
    const index = firstFrom(block, jobId);
    if (block[index]?.jobId !== jobId) return;
    block.splice(index, 1);
    if (block.length > 0) return;
    this.#own.delete(block);
    this.#blocks.splice(at, 1);
  }

  /** Those beyond an id, as they are now. */
  after(jobId: string): Iterable<JobStatus> {
    this.#own.clear();
    return statusesAfter(jobId, this.#blocks.slice(this.#blockOf(jobId)));
  }

  /** The index of the block that an id is in, or would be. */
  #blockOf(jobId: string): number {
    let low = 0;
    let high = this.#blocks.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#blocks[middle]?.[0]?.jobId ?? "") <= jobId) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #owned(at: number): JobStatus[] {
    const block = this.#blocks[at] ?? [];
    if (this.#own.has(block)) return block;
    const copy = block.slice();
    this.#blocks[at] = copy;
    this.#own.add(copy);
    return copy;
  }

  #split(at: number, block: JobStatus[]): void {
    const rest = block.splice(largestBlock / 2);
    this.#own.add(rest);
    this.#blocks.splice(at + 1, 0, rest);
  }
}

const largestBlock = 256;

function* statusesAfter(jobId: string, blocks: readonly (readonly JobStatus[])[]): Generator<JobStatus> {
  for (const block of blocks) {
    for (const status of block) if (status.jobId > jobId) yield status;
  }
}

/** The index of the first status with this id or a later one. */
function firstFrom(block: readonly JobStatus[], jobId: string): number {
  let low = 0;
  let high = block.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((block[middle]?.jobId ?? "") < jobId) low = middle + 1;
    else high = middle;
  }
  return low;
}
