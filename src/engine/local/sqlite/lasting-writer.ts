import { sleep } from "../../../async/abort.ts";
import type { Clock } from "../../../async/clock.ts";
import { nextTurn } from "../../../async/next-turn.ts";
import { joinedRows, lastRows } from "./batch-parts.ts";
import { FilesInPlace } from "./files-in-place.ts";
import { StoreError } from "./store-error.ts";
import type { BatchRows, LoadedRows, StoreConnection, WriteResult } from "./store-requests.ts";

export interface LastingWriterOptions {
  readonly file: string;
  readonly clock: Clock;
  /** `isAgain`: in the place of one that has ended. */
  readonly connect: (isAgain: boolean) => StoreConnection;
  /** Its thread has ended. */
  readonly onEnded: (error: Error) => void;
  /** No other can be had: nothing is written any more. */
  readonly onLost: (error: StoreError) => void;
}

/**
 * The connection that writes, as its store knows it: it outlives its thread. Where that ends (out of memory, a fault of the
 * runtime), another is made on the same file, and is asked what became of the write that was under way; so what is told of
 * that is true. It is lost where that fails again and again, and where another server has had the file meanwhile.
 */
export class LastingWriter {
  readonly #options: LastingWriterOptions;
  readonly #closing = new AbortController();
  #connection: StoreConnection | undefined;
  #connectedAtMs = 0;
  #files: FilesInPlace | undefined;
  /** The one in the place of the last that has ended. Rejects where it is lost; unset once this is closed. */
  #next: Promise<StoreConnection> | undefined;
  /** How many in a row were of no use. */
  #failures = 0;

  constructor(options: LastingWriterOptions) {
    this.#options = options;
  }

  /** Begins to write, and tells what is there. Rejects with a `StoreError` where the file cannot be used. */
  async open(): Promise<LoadedRows> {
    const { file, connect } = this.#options;
    const connection = connect(false);
    this.#connection = connection;
    const loaded = (await connection.opened) as LoadedRows;
    this.#files = new FilesInPlace([file, `${file}-lock`]);
    this.#use(connection);
    return loaded;
  }

  /**
   * As `StoreRequests.write`. Rejects with a `StoreError` (STORE_LOST) where it is not known what was written, and never will
   * be here; with any other error where nothing was.
   */
  write(batches: readonly BatchRows[]): Promise<WriteResult> {
    return this.#write(
      (connection) => connection.call("write", batches),
      () => batches,
    );
  }

  /**
   * As `write`, of one batch that is large. Its parts are made one by one, as they are sent: the event loop has its turns between
   * them, and each is written while the next is made.
   */
  writeParts(parts: Iterable<BatchRows>): Promise<WriteResult> {
    let last: BatchRows | undefined;
    const send = async (connection: StoreConnection) => {
      let part: BatchRows | undefined;
      let unsent: { readonly error: unknown } | undefined;
      const notSent = (error: unknown) => {
        unsent ??= { error };
      };
      for (const rows of parts) {
        // What cannot be written is told with the last one.
        if (part !== undefined) connection.call("writePart", part).catch(notSent);
        await nextTurn();
        part = rows;
        last = lastRows(last === undefined ? rows : joinedRows([last, rows]));
      }
      if (unsent !== undefined) throw unsent.error;
      return connection.call("write", part === undefined ? [] : [part]);
    };
    const sendAll = (connection: StoreConnection) =>
      send(connection).catch((error: unknown) => {
        // Or what is written next would be the rest of it.
        connection.call("abandonParts").catch(() => {});
        throw error;
      });
    return this.#write(sendAll, () => (last === undefined ? [] : [last]));
  }

  async #write(
    write: (connection: StoreConnection) => Promise<WriteResult>,
    written: () => readonly BatchRows[],
  ): Promise<WriteResult> {
    const connection = this.#usable();
    try {
      const result = await write(connection);
      this.#failures = 0;
      return result;
    } catch (error) {
      if (connection.isUsable) throw error;
      return this.#whatBecameOf(written(), connection);
    }
  }

  async probe(): Promise<WriteResult> {
    return this.#usable().call("probe");
  }

  /** Never rejects. Of what is under way, and whose thread has ended, nothing more is found out. */
  async close(): Promise<void> {
    this.#closing.abort(new Error("Store is closed"));
    await this.#next?.catch(() => {});
    await this.#connection?.close();
  }

  #usable(): StoreConnection {
    if (!this.#connection?.isUsable) throw new Error("Thread of the store has ended");
    return this.#connection;
  }

  #use(connection: StoreConnection): void {
    this.#connection = connection;
    this.#connectedAtMs = this.#options.clock.monotonic();
    void connection.ended.then((error) => this.#replace(error));
  }

  #replace(error: Error): void {
    this.#next = undefined;
    if (this.#closing.signal.aborted) return;
    const { clock, onEnded, onLost } = this.#options;
    if (clock.monotonic() - this.#connectedAtMs > lastsMs) this.#failures = 0;
    onEnded(error);
    this.#next = this.#reconnect(error);
    this.#next.catch((cause: StoreError) => {
      if (!this.#closing.signal.aborted) onLost(cause);
    });
  }

  async #reconnect(error: Error): Promise<StoreConnection> {
    const { clock, connect, file } = this.#options;
    const { signal } = this.#closing;
    let cause: unknown = error;
    for (;;) {
      const waitMs = waitsMs[this.#failures++];
      if (waitMs === undefined) throw lost(`Its thread ends again and again: ${file}`, cause);
      await sleep(clock, waitMs, { signal });
      const connection = await this.#tryAgain(connect).catch((refused: unknown) => {
        if (isAnothers(refused)) throw refused;
        cause = refused;
      });
      if (connection !== undefined) return connection;
    }
  }

  async #tryAgain(connect: LastingWriterOptions["connect"]): Promise<StoreConnection> {
    this.#files?.assert();
    const connection = connect(true);
    try {
      await connection.opened;
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#use(connection);
    return connection;
  }

  /** `ended`: the one that was to write them. */
  async #whatBecameOf(batches: readonly BatchRows[], ended: StoreConnection): Promise<WriteResult> {
    let last = ended;
    try {
      for (;;) {
        await last.ended;
        const connection = await this.#next;
        if (connection === undefined) throw new Error("Store is closed");
        // One that cannot tell is of no use, and makes room for another: nothing is written before that is known.
        const result = await connection.call("whatBecameOf", batches).catch(() => connection.close());
        if (result) return result;
        last = connection;
      }
    } catch (cause) {
      throw lost(`It is not known what was written last: ${this.#options.file}`, cause);
    }
  }
}

/** Before each try to have another thread: where the last of them is in vain, too, there is none to be had. */
const waitsMs: readonly number[] = [0, 1000, 2000, 4000];

/** One that has lasted for so long was of use, also where nothing was written. */
const lastsMs = 60_000;

function lost(why: string, cause: unknown): StoreError {
  return new StoreError("STORE_LOST", `Store was lost. ${why}`, { cause });
}

/** Nothing that could be otherwise the next time. */
function isAnothers(error: unknown): boolean {
  return error instanceof StoreError && (error.code === "STORE_IN_USE" || error.code === "STORE_LOST");
}
