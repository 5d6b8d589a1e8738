import { abortable } from "../../../async/abort.ts";
import { type Clock, systemClock } from "../../../async/clock.ts";
import { nextTurn } from "../../../async/next-turn.ts";
import { JobControlError, type Refusal } from "../../../job/errors.ts";
import type { Change } from "../../../job/job.ts";
import type { OpenOptions, ReceiptId, RunPage, RunPageRequest } from "../../engine.ts";
import { ChangeHistory } from "../change-history.ts";
import {
  emptyBatch,
  type JobStore,
  receiptRetentionMs,
  type StoredBatch,
  type StoredReceipt,
  type StoredState,
} from "../job-store.ts";
import { storeFull, storeLost, storeUnavailable } from "../refusals.ts";
import { groupsOf, isLarge, partsOf } from "./batch-parts.ts";
import { GroupCommit } from "./group-commit.ts";
import { HealthWatch } from "./health-watch.ts";
import { realPathOf } from "./real-path.ts";
import { decodeCircuit, decodePending, decodeReceipt, encodeBatch, StateDecoder } from "./row-codec.ts";
import { damaged } from "./sqlite-fault.ts";
import { type Connect, StoreConnections } from "./store-connections.ts";
import { StoreError } from "./store-error.ts";
import type {
  BatchRows,
  LoadedPart,
  LoadedRows,
  OpeningPart,
  RetentionOptions,
  StoreHealth,
  WriteFault,
  WriteResult,
} from "./store-requests.ts";
import { StoreTime } from "./store-time.ts";
import { type FailedBatch, StoredContent } from "./stored-content.ts";

export interface SqliteStoreOptions {
  /** Made where there is none; its folder must be there. */
  readonly file: string;
  /** How many changes are kept for watches that resume. Default: 10,000 */
  readonly history?: number;
  /** How many runs are kept of each job, for 30 days. Default: 100 */
  readonly runsPerJob?: number;
  /** How many receipts that replay are kept; the oldest go first. Default: 1,000,000 */
  readonly receipts?: number;
  /** How many receipts of refusals are kept, apart. Default: 100,000 */
  readonly refusals?: number;
  /** Default: the system's */
  readonly clock?: Clock;
  /** Called when the store becomes full or unavailable, with the cause, and when it can be written again. */
  readonly onHealth?: (health: StoreHealth, cause?: string) => void;
}

/**
 * The store in a file. What is committed survives the end of the process at any moment, and power loss as far as the
 * disk keeps what it says it has. All work with the file is done in threads of their own. `load` rejects with a
 * `StoreError` where the file cannot be used.
 */
export function createSqliteStore(options: SqliteStoreOptions, connect?: Connect): JobStore {
  return new SqliteStore(options, connect);
}

class SqliteStore implements JobStore {
  readonly durability = "fsync";
  readonly #file: string;
  readonly #time: StoreTime;
  readonly #connections: StoreConnections;
  readonly #group: GroupCommit;
  readonly #health: HealthWatch;
  #history: ChangeHistory;
  #stored = new StoredContent();
  #decoder = new StateDecoder();
  #onHeld: () => void = () => {};
  #decoding: Promise<void> = Promise.resolve();
  /** Set where a row means nothing. */
  #undecodable: StoreError | undefined;
  readonly #historySize: number;
  readonly #lost = new AbortController();
  #disposing: Promise<void> | undefined;

  constructor(
    { clock = systemClock, history = 10_000, onHealth = () => {}, ...options }: SqliteStoreOptions,
    connect?: Connect,
  ) {
    this.#file = realPathOf(options.file);
    this.#time = new StoreTime(clock);
    this.#historySize = history;
    this.#history = new ChangeHistory(history);
    const retention = retentionOf({ ...options, history });
    this.#connections = new StoreConnections(
      {
        file: this.#file,
        retention,
        reserve: reserveBytes,
        clock,
        onPart: (part) => this.#takePart(part),
        onEnded: (error) => this.#health.saw(failed(error, 1)),
        onLost: (error) => this.#lost.abort(error),
      },
      connect,
    );
    this.#group = new GroupCommit({ write: (batches) => this.#write(batches), errorOf });
    this.#health = new HealthWatch({ clock, onHealth, probe: () => this.#probe() });
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get full(): Refusal | undefined {
    return this.#health.health === "full" ? storeFull : undefined;
  }

  async load({ signal, onHeld }: OpenOptions = {}): Promise<StoredState> {
    const held = () => {
      if (!signal?.aborted) onHeld?.();
    };
    this.#onHeld = held;
    try {
      const rows = await abortable(this.#connections.open(), signal);
      await abortable(this.#decoding, signal);
      return this.#take(rows);
    } catch (error) {
      await this.#connections[Symbol.asyncDispose]();
      throw error;
    }
  }

  commit(batch: StoredBatch): Promise<void> {
    if (this.#disposing !== undefined) return Promise.reject(new JobControlError(storeUnavailable));
    return this.#group.commit(batch);
  }

  async history(after: number, limit: number): Promise<readonly Change[]> {
    return this.#history.page(after, limit);
  }

  async runs(jobId: string, { size, before }: RunPageRequest): Promise<RunPage> {
    const rows = await this.#connections.reader.call("runs", {
      jobId,
      before: before ?? null,
      size: size + 1,
    });
    const runs = rows.slice(0, size).map((row) => JSON.parse(row));
    return { runs, next: rows.length > size ? runs.at(-1)?.runId : undefined };
  }

  async receipt(id: ReceiptId): Promise<StoredReceipt | undefined> {
    const [column, value] =
      "commandId" in id ? (["command_id", id.commandId] as const) : (["request_id", id.requestId] as const);
    const sinceMs = Math.floor(this.#time.now() - receiptRetentionMs);
    const row = await this.#connections.reader.call("receipt", { column, value, sinceMs });
    return row && decodeReceipt(row);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposing ??= this.#dispose();
    return this.#disposing;
  }

  async #dispose(): Promise<void> {
    this.#health.end();
    await this.#group.idle();
    await this.#connections[Symbol.asyncDispose]();
  }

  #take({ epoch, newestMs, ...rows }: LoadedRows): StoredState {
    if (this.#undecodable !== undefined) throw this.#undecodable;
    const { circuits, pending } = this.#decodeFew(rows);
    this.#time.begin(newestMs);
    const { data, jobs, changes } = this.#decoder;
    this.#stored = new StoredContent(data);
    this.#stored.add({ ...emptyBatch, accepted: pending });
    this.#history = new ChangeHistory(this.#historySize, changes);
    this.#decoder = new StateDecoder();
    this.#health.begin();
    const { revision, oldestCursor } = this.#history;
    return { epoch, revision, oldestCursor, jobs, circuits, pending };
  }

  /** The rows that come in one piece. */
  #decodeFew({ circuits, pending }: Pick<LoadedRows, "circuits" | "pending">) {
    try {
      return { circuits: new Map(circuits.map(decodeCircuit)), pending: pending.map(decodePending) };
    } catch (error) {
      throw damaged(this.#file, error);
    }
  }

  /** All parts of a large store can be there at once: others have their turns between them. */
  #takePart(part: OpeningPart): void {
    if (part.kind === "held") {
      this.#onHeld();
      return;
    }
    this.#decoding = this.#decoding.then(() => {
      this.#decode(part);
      return nextTurn();
    });
  }

  #decode(part: LoadedPart): void {
    try {
      this.#decoder.add(part);
    } catch (error) {
      this.#undecodable ??= damaged(this.#file, error);
    }
  }

  /** In their order; a large one is a transaction of its own. */
  async #write(batches: readonly StoredBatch[]): Promise<WriteResult["faults"]> {
    const faults: (WriteFault | undefined)[] = [];
    for (const group of groupsOf(batches)) faults.push(...(await this.#writeGroup(group)));
    return faults;
  }

  /** One transaction. What it wrote is in memory before anybody hears of it. */
  async #writeGroup(batches: readonly StoredBatch[]): Promise<WriteResult["faults"]> {
    const group = batches.map((batch): WrittenBatch => ({ batch, settled: [] }));
    const result = await this.#send(group).catch((error: unknown) => failed(error, batches.length));
    const failures = group.filter((_, index) => result.faults[index] !== undefined);
    for (const { batch } of group.filter((_, index) => result.faults[index] === undefined))
      this.#history.add(batch.changes);
    this.#stored.doubt(failures);
    this.#health.saw(result);
    return result.faults;
  }

  async #send(group: readonly WrittenBatch[]): Promise<WriteResult> {
    const large = group.find(({ batch }) => isLarge(batch));
    if (large !== undefined) return this.#connections.writeParts(this.#partsOf(large));
    return this.#connections.write(group.map((written) => this.#encode(written)));
  }

  *#partsOf(written: WrittenBatch): Generator<BatchRows> {
    for (const part of partsOf(written.batch)) yield this.#encode(written, part);
  }

  /** Encodes a batch, or a part of it. */
  #encode({ batch, settled }: WrittenBatch, part = batch): BatchRows {
    const options = { nowMs: this.#time.now(), history: this.#historySize, whole: batch };
    const rows = encodeBatch(part, this.#stored, options);
    this.#stored.add(part);
    for (const commandId of rows.settled) settled.push(commandId);
    return rows;
  }

  async #probe(): Promise<WriteResult> {
    return this.#connections.probe().catch((error: unknown) => failed(error, 1));
  }
}

interface WrittenBatch extends FailedBatch {
  /** Known once it is encoded. */
  readonly settled: string[];
}

/** Enough for hundreds of Stops, and for what their runs tell at the end. */
const reserveBytes = 8 * 1024 * 1024;

const monthMs = 30 * 24 * 60 * 60 * 1000;

function retentionOf({
  history,
  runsPerJob = 100,
  receipts = 1_000_000,
  refusals = 100_000,
}: Omit<SqliteStoreOptions, "file"> & { readonly history: number }): RetentionOptions {
  return {
    changes: history,
    runsPerJob,
    runsMs: monthMs,
    receipts,
    refusals,
    receiptsMs: receiptRetentionMs,
  };
}

function errorOf({ code, cause }: WriteFault): Error {
  return new JobControlError(refusals[code], { cause });
}

const refusals: Readonly<Record<WriteFault["code"], Refusal>> = {
  STORE_FULL: storeFull,
  STORE_UNAVAILABLE: storeUnavailable,
  STORE_LOST: storeLost,
};

/** The thread itself has failed. */
function failed(error: unknown, batches: number): WriteResult {
  const code = error instanceof StoreError ? "STORE_LOST" : "STORE_UNAVAILABLE";
  const fault: WriteFault = { code, cause: String(error) };
  return { faults: Array(batches).fill(fault), health: "unavailable", isReserved: true, unsavedPages: 0 };
}
