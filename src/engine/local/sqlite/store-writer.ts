import type { DatabaseSync, StatementSync } from "node:sqlite";
import { BatchWriter } from "./batch-writer.ts";
import { DiskReserve } from "./disk-reserve.ts";
import { FilesInPlace } from "./files-in-place.ts";
import { checkpointSql, logSizeAfter } from "./log-size.ts";
import { openForWriting, openStore } from "./open-database.ts";
import { PartedWrite } from "./parted-write.ts";
import { isFull, isInputOutputError } from "./sqlite-fault.ts";
import { StoreLock } from "./store-lock.ts";
import type {
  BatchRows,
  LoadedRows,
  OnPart,
  StoreHealth,
  WriteFault,
  WriteResult,
  WriterOptions,
} from "./store-requests.ts";
import { isWritten } from "./written-batch.ts";

/** The one connection that writes, in the thread that has it: transactions, and what is done where they fail. */
export class StoreWriter {
  /** Unset where it stands in the place of another. */
  readonly loaded: LoadedRows | undefined;
  readonly #lock: StoreLock;
  readonly #database: DatabaseSync;
  readonly #files: FilesInPlace;
  readonly #writer: BatchWriter;
  readonly #reserve: DiskReserve;
  readonly #logSize: StatementSync;
  readonly #checkpoint: StatementSync;
  #health: StoreHealth = "writable";
  /** A large batch, while its parts come in. */
  #parted: PartedWrite | undefined;
  /** False where it is to be tried again, though everything can be written. */
  #isReserved = true;

  constructor({ file, retention, reserve, ...lock }: WriterOptions, onPart: OnPart) {
    this.#lock = StoreLock.acquire(file, lock);
    try {
      const opened = lock.isAgain ? undefined : openStore(file, { changes: retention.changes, onPart });
      this.#database = opened?.database ?? openForWriting(file);
      this.loaded = opened?.loaded;
    } catch (error) {
      this.#lock[Symbol.dispose]();
      throw error;
    }
    this.#files = new FilesInPlace([file, `${file}-wal`, `${file}-lock`]);
    this.#writer = new BatchWriter(this.#database, retention);
    this.#reserve = new DiskReserve(file, reserve);
    this.#logSize = this.#database.prepare(checkpointSql("NOOP"));
    this.#checkpoint = this.#database.prepare(checkpointSql("PASSIVE"));
  }

  writePart(rows: BatchRows): void {
    this.#parted ??= new PartedWrite(this.#database, this.#writer, this.#files);
    this.#parted.add(rows);
  }

  abandonParts(): void {
    this.#parted?.abandon();
    this.#parted = undefined;
  }

  write(batches: readonly BatchRows[]): WriteResult {
    const parted = this.#parted;
    if (parted !== undefined) return this.#endParted(parted, batches);
    const fault = this.#transact(batches);
    if (fault === undefined) return this.#result(batches.map(() => undefined));
    // One that cannot be written must not take the others with it.
    const faults = batches.length === 1 ? [fault] : batches.map((batch) => this.#transact([batch]));
    return this.#result(faults);
  }

  whatBecameOf(batches: readonly BatchRows[]): WriteResult {
    return this.#result(batches.map((batch) => (isWritten(this.#database, batch) ? undefined : notWritten)));
  }

  /** Looks whether anything can be written, and whether there is room for the reserve. */
  probe(): WriteResult {
    // How its end goes will tell; after that it is to be asked again.
    if (this.#parted !== undefined) return { ...this.#result([]), isReserved: false };
    const fault = this.#health === "unavailable" ? this.#transact([]) : undefined;
    if (fault === undefined) this.#restoreReserve();
    return this.#result([fault]);
  }

  close(): void {
    this.#reserve.release();
    this.#emptyLog();
    // The last connection that closes takes the log away.
    this.#database.close();
    this.#lock[Symbol.dispose]();
  }

  #endParted(parted: PartedWrite, last: readonly BatchRows[]): WriteResult {
    this.#parted = undefined;
    for (const rows of last) parted.add(rows);
    try {
      parted.commit();
    } catch (error) {
      // Told by how much room there was; the next try has the reserve.
      const fault = this.#faultOf(error);
      this.#makesRoom(error);
      return this.#result([fault]);
    }
    this.#succeeded();
    return this.#result([undefined]);
  }

  /** So that nothing of this file is left beside another one that may have its name by now. */
  #emptyLog(): void {
    try {
      this.#database.exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch {
      // There is no room for it in the file. It stays in the log, out of which the next server has it.
    }
  }

  /** One transaction; once more, with the reserve, where the disk is full. */
  #transact(batches: readonly BatchRows[]): WriteFault | undefined {
    try {
      this.#tryTransact(batches);
    } catch (error) {
      return this.#makesRoom(error) ? this.#transact(batches) : this.#faultOf(error);
    }
    this.#succeeded();
    return undefined;
  }

  /** True where it may succeed now that the reserve is given up. */
  #makesRoom(error: unknown): boolean {
    if (!this.#isForLackOfRoom(error) || !this.#reserve.release()) return false;
    this.#health = "full";
    return true;
  }

  #succeeded(): void {
    if (this.#health === "unavailable") this.#restoreReserve();
  }

  /** It can be written: with a reserve or, where there is room and none can be made all the same, without. */
  #restoreReserve(): void {
    const restored = this.#reserve.restore();
    this.#isReserved = restored === "kept";
    this.#health = restored === "no-room" ? "full" : "writable";
  }

  #tryTransact(batches: readonly BatchRows[]): void {
    this.#files.assert();
    this.#database.exec("BEGIN IMMEDIATE");
    try {
      for (const batch of batches) this.#writer.write(batch);
      if (batches.length === 0) this.#database.exec("UPDATE identity SET epoch = epoch");
      this.#database.exec("COMMIT");
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      this.#writer.undone();
      throw error;
    }
  }

  #isForLackOfRoom(error: unknown): boolean {
    return isFull(error) || (isInputOutputError(error) && this.#reserve.isDiskFull);
  }

  #faultOf(error: unknown): WriteFault {
    const isForLackOfRoom = this.#isForLackOfRoom(error);
    this.#health = isForLackOfRoom ? "full" : "unavailable";
    const code = isForLackOfRoom ? "STORE_FULL" : "STORE_UNAVAILABLE";
    return { code, cause: error instanceof Error ? error.message : String(error) };
  }

  #result(faults: WriteResult["faults"]): WriteResult {
    // Where nothing can be written the log stays as it is: the file may be another one by now.
    const unsavedPages = this.#health === "unavailable" ? 0 : this.#endLog();
    return { faults, health: this.#health, isReserved: this.#isReserved, unsavedPages };
  }

  /**
   * Once the log is long and nearly all of it in the main file, brings in the rest, which takes little: so the next
   * transaction begins it anew. The bulk is `StoreCheckpointer`'s, but where that cannot keep up. Never throws: what was
   * committed before is in the log, and answered as such. Where this fails, the log is longer for a while; should a
   * transaction fail too, that is told.
   */
  #endLog(): number {
    let unsaved = 0;
    try {
      const size = logSizeAfter(this.#logSize);
      unsaved = size.unsaved;
      const canEnd = size.pages >= longLog && unsaved <= quicklySaved;
      if (canEnd || size.pages >= longestLog) unsaved = logSizeAfter(this.#checkpoint).unsaved;
    } catch {
      // Told above.
    }
    return unsaved;
  }
}

const notWritten: WriteFault = {
  code: "STORE_UNAVAILABLE",
  cause: "Thread of the store ended before it was written",
};

/** In pages, of 4 KiB. */
const longLog = 1000;
const longestLog = 32_768;
const quicklySaved = 256;
