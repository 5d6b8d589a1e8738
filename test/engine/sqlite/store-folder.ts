import { cpSync, existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder for the files of stores, which goes with the test. */
export class StoreFolder implements Disposable {
  readonly path: string;
  #files = 0;

  constructor() {
    this.path = mkdtempSync(join(tmpdir(), "jobcontrol-store-"));
  }

  /** A name that is not taken yet. */
  newFile(): string {
    return join(this.path, `${++this.#files}.db`);
  }

  /** What is on the disk of a store at this moment, under another name: what kill -9 would leave. */
  copy(file: string): string {
    const copy = this.newFile();
    for (const suffix of ["", "-wal"]) if (existsSync(file + suffix)) cpSync(file + suffix, copy + suffix);
    return copy;
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
