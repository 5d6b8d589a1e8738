import type { Clock } from "../../../async/clock.ts";
import { LastingWriter } from "./lasting-writer.ts";
import type { StoreError } from "./store-error.ts";
import { newClaim } from "./store-lock.ts";
import type {
  BatchRows,
  ConnectionRole,
  LoadedRows,
  OnPart,
  StoreConnection,
  WriteResult,
  WriterOptions,
} from "./store-requests.ts";
import { StoreThread } from "./store-thread.ts";

/** How a connection is made. Default: in a thread of its own. */
export type Connect = (role: ConnectionRole, onPart: OnPart) => StoreConnection;

export interface StoreConnectionsOptions extends Omit<WriterOptions, "claim" | "isAgain"> {
  readonly clock: Clock;
  readonly onPart: OnPart;
  /** The thread that writes has ended. */
  readonly onEnded: (error: Error) => void;
  /** Nothing can be written any more. */
  readonly onLost: (error: StoreError) => void;
}

/** The connections of a store: the writer from the start, the others when they are first needed. */
export class StoreConnections implements AsyncDisposable {
  readonly #file: string;
  readonly #connect: (role: ConnectionRole) => StoreConnection;
  readonly #writer: LastingWriter;
  #reader: StoreConnection | undefined;
  #checkpointer: StoreConnection | undefined;
  #checkpointing: Promise<void> | undefined;
  #closed = false;

  constructor(options: StoreConnectionsOptions, connect: Connect = connectThread) {
    const { clock, onPart, onEnded, onLost, ...writer } = options;
    const { file } = writer;
    this.#file = file;
    const connectRole = (role: ConnectionRole) => connect(role, onPart);
    this.#connect = connectRole;
    const claim = newClaim();
    const connectWriter = (isAgain: boolean) => connectRole({ role: "writer", ...writer, claim, isAgain });
    this.#writer = new LastingWriter({ file, clock, connect: connectWriter, onEnded, onLost });
  }

  /** Begins to write, and tells what is there. Rejects with a `StoreError` where the file cannot be used. */
  open(): Promise<LoadedRows> {
    return this.#writer.open();
  }

  /** Throws once they are closed. */
  get reader(): StoreConnection {
    if (this.#closed) throw new Error("Store is closed");
    this.#reader = this.#usable(this.#reader, "reader");
    return this.#reader;
  }

  /** See `LastingWriter.write`. The write-ahead log is brought into the main file meanwhile, bit by bit. */
  write(batches: readonly BatchRows[]): Promise<WriteResult> {
    return this.#saved(this.#writer.write(batches));
  }

  /** See `LastingWriter.writeParts`, and `write`. */
  writeParts(parts: Iterable<BatchRows>): Promise<WriteResult> {
    return this.#saved(this.#writer.writeParts(parts));
  }

  async #saved(writing: Promise<WriteResult>): Promise<WriteResult> {
    const result = await writing;
    if (result.unsavedPages >= longLog)
      this.#checkpointing ??= this.#checkpoint().finally(() => {
        this.#checkpointing = undefined;
      });
    return result;
  }

  probe(): Promise<WriteResult> {
    return this.#writer.probe();
  }

  /** Closes the writer as the last: it takes the log away. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#checkpointing;
    await this.#checkpointer?.close();
    await this.#reader?.close();
    await this.#writer.close();
  }

  /** The one that there is, or another in its place: nothing is lost with one that has ended. */
  #usable(connection: StoreConnection | undefined, role: "reader" | "checkpointer"): StoreConnection {
    return connection?.isUsable ? connection : this.#connect({ role, file: this.#file });
  }

  /** Never rejects: where it fails, the log is longer for a while; should the writer fail too, that is told. */
  async #checkpoint(): Promise<void> {
    try {
      this.#checkpointer = this.#usable(this.#checkpointer, "checkpointer");
      await this.#checkpointer.call("checkpoint");
    } catch {
      // Told above.
    }
  }
}

function connectThread(role: ConnectionRole, onPart: OnPart): StoreConnection {
  return new StoreThread(role, onPart);
}

/** In pages, of 4 KiB: so many are brought in at a time. */
const longLog = 1000;
