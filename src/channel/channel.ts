/**
 * The two ends of a channel, in the words of .NET's System.Threading.Channels (without the `Async`).
 * Producers hold a `ChannelWriter`, consumers a `ChannelReader`; neither can reach the other's end.
 * How the kinds of channel differ, and how they differ from .NET's, is told in docs/channel-semantics.md.
 */

/** What a bounded channel does with an item that comes when it is full. */
export type FullMode = "wait" | "drop-write" | "drop-newest" | "drop-oldest";

export interface BoundedOptions<T> {
  /** How many items the channel holds: a whole number ≥ 0. With 0 every write meets a read. */
  readonly capacity: number;
  /** Default `"wait"`. */
  readonly fullMode?: FullMode;
  /** Hears each dropped item once, after the channel is settled: it may write again. Default: nobody is told. */
  readonly onDropped?: (item: T) => void;
}

export interface PrioritizedOptions<T> {
  /** Negative when `a` comes out before `b`. Default: the order of `<`. Equal items leave in order of arrival. */
  readonly compare?: (a: T, b: T) => number;
}

export interface WaitOptions {
  /** Ends the wait: the promise rejects with `signal.reason`, even where an item is ready. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

export interface Channel<T> {
  readonly reader: ChannelReader<T>;
  readonly writer: ChannelWriter<T>;
}

export interface ChannelWriter<T> {
  /**
   * Writes at once, or not at all: false when the channel is full or completed. In a drop mode a full channel takes
   * the item too, at the price of one (which may be this one).
   * Throws a `TypeError` for `undefined`, and whatever `onDropped` throws.
   */
  tryWrite(item: T): boolean;

  /**
   * Writes, waiting for room if need be; writers are served in order. Rejects with `ChannelClosedError` once the
   * channel is completed, also while it waits; with a `TypeError` for `undefined`.
   * Cancellation: if the promise rejects with the signal's reason, the item never comes out.
   */
  write(item: T, options?: WaitOptions): Promise<void>;

  /**
   * True when a write may succeed (another writer can be faster), false when the channel is completed. Rejects with
   * the error the channel was completed with.
   * Cancellation: the channel is as it was.
   */
  waitToWrite(options?: WaitOptions): Promise<boolean>;

  /**
   * Ends writing. What is buffered still comes out; writes that wait are refused. False when it was ended before.
   * `null` and `undefined` mean no error, anything else is one.
   */
  tryComplete(error?: unknown): boolean;

  /** Like `tryComplete`, but throws `ChannelClosedError` the second time. */
  complete(error?: unknown): void;
}

export interface ChannelReader<T> extends AsyncIterable<T> {
  /** How many items are buffered. Writers that wait are not counted. */
  readonly count: number;

  /**
   * Settles when the channel is completed and drained; rejects with the error it was completed with. Nobody needs to
   * watch it: its rejection is never an unhandled one.
   */
  readonly completion: Promise<void>;

  /** Takes the next item, or gives `undefined` when there is none now. */
  tryRead(): T | undefined;

  /** The next item, which stays where it is, or `undefined`. */
  tryPeek(): T | undefined;

  /**
   * Takes the first item that is the same as this one (as for `includes`) out of the buffer, wherever it stands, and
   * leaves the order of the rest alone. It counts as a read: a writer that waits gets the room, a completed channel may be
   * drained by it. False when the item is not buffered. It is looked for from the oldest on, which is fast: passing over
   * ten thousand items takes some microseconds.
   */
  tryRemove(item: T): boolean;

  /**
   * Takes the next item, waiting for it if need be; readers are served in order. Rejects with `ChannelClosedError` once
   * the channel is completed and drained. An item that is a promise is awaited.
   * Cancellation: if the promise rejects with the signal's reason, no item was taken.
   */
  read(options?: WaitOptions): Promise<T>;

  /**
   * True when there is something to read (another reader can be faster), false when the channel is completed and
   * drained. Rejects with the error the channel was completed with.
   * Cancellation: the channel is as it was.
   */
  waitToRead(options?: WaitOptions): Promise<boolean>;

  /**
   * Takes items until the channel is completed and drained; a step rejects with the error it was completed with. A step
   * that waits stands in line with `read`. Leaving the loop takes no further item.
   * Cancellation: the next step rejects with the signal's reason, and took no item.
   */
  readAll(options?: WaitOptions): AsyncIterableIterator<T, undefined>;

  /**
   * Calls `onItem` with each item, one after the other, until the channel is completed and drained; rejects with the
   * error it was completed with. It begins at once, and then handles an item inside the write that brings it. While it
   * waits it stands in line with `read`. Where `onItem` returns a promise, the next item waits for it.
   * What `onItem` throws or rejects with ends it and rejects the promise: the write succeeds, and the rest stays.
   * Cancellation: rejects with the signal's reason as soon as `onItem` is done, and takes no further item.
   */
  forEach(onItem: (item: T) => unknown, options?: WaitOptions): Promise<void>;
}
