import type { StoredBatch } from "../job-store.ts";
import type { WriteFault } from "./store-requests.ts";

export interface GroupCommitOptions {
  /** Writes batches in one go; one answer for each: undefined where it is written. Never rejects. */
  readonly write: (batches: readonly StoredBatch[]) => Promise<readonly (WriteFault | undefined)[]>;
  /** What those hear whose batch could not be written. */
  readonly errorOf: (fault: WriteFault) => Error;
}

/**
 * Makes one transaction of what comes while another is under way. Who comes first waits for nobody; the more come at a
 * time, the less each of them pays for the disk.
 */
export class GroupCommit {
  readonly #options: GroupCommitOptions;
  #queue: { readonly batch: StoredBatch; readonly written: PromiseWithResolvers<void> }[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: GroupCommitOptions) {
    this.#options = options;
  }

  /** Resolves when the batch is written, and rejects where it is not. */
  commit(batch: StoredBatch): Promise<void> {
    const written = Promise.withResolvers<void>();
    this.#queue.push({ batch, written });
    this.#writing ??= this.#writeAll();
    return written.promise;
  }

  /** Resolves once nothing is under way. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#queue.length > 0) {
      const group = this.#queue;
      this.#queue = [];
      const faults = await this.#options.write(group.map(({ batch }) => batch));
      for (const [index, { written }] of group.entries()) {
        const fault = faults[index];
        if (fault === undefined) written.resolve();
        else written.reject(this.#options.errorOf(fault));
      }
    }
    this.#writing = undefined;
  }
}
