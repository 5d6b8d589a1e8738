/**
 * The kinds of channel, each a buffer with its bounds. Arguments are checked here, once.
 */
import type { BoundedOptions, Channel, FullMode, PrioritizedOptions } from "./channel.ts";
import { type Bounds, ChannelCore, type ItemBuffer } from "./channel-core.ts";
import { Deque } from "./deque.ts";
import { PriorityHeap } from "./priority-heap.ts";
import { Reader } from "./reader.ts";
import { Writer } from "./writer.ts";

/**
 * A channel that holds at most `capacity` items, first in, first out. A number alone means `fullMode: "wait"`.
 * Throws a `RangeError` for a capacity that is not a whole number ≥ 0, a `TypeError` for anything else that is wrong.
 *
 * @example
 * const { reader, writer } = createBounded<string>(100);
 * await writer.write("hello");
 * writer.complete();
 * for await (const item of reader) console.log(item);
 */
export function createBounded<T>(options: number | BoundedOptions<T>): Channel<T> {
  const { capacity, fullMode = "wait", onDropped } = checkBounded(options);
  const items = new Deque<T>();
  return createChannel(items, { capacity, overflow: createOverflow(items, fullMode, onDropped) });
}

/** A channel that never is full, first in, first out: `tryWrite` is true until it is completed. */
export function createUnbounded<T>(): Channel<T> {
  return createChannel<T>(new Deque(), unbounded);
}

/** A channel that never is full; the smallest item comes out first, equal ones in order of arrival. */
export function createUnboundedPrioritized<T>(options?: PrioritizedOptions<T>): Channel<T> {
  const compare = options?.compare ?? compareNaturally;
  if (typeof compare !== "function")
    throw new TypeError("Cannot create a channel: compare is not a function");
  return createChannel(new PriorityHeap(compare), unbounded);
}

const unbounded: Bounds<unknown> = { capacity: Number.POSITIVE_INFINITY, overflow: undefined };

function createChannel<T>(items: ItemBuffer<T>, bounds: Bounds<T>): Channel<T> {
  const core = new ChannelCore(items, bounds);
  return { reader: new Reader(core), writer: new Writer(core) };
}

function checkBounded<T>(options: number | BoundedOptions<T>): BoundedOptions<T> {
  const checked = typeof options === "number" ? { capacity: options } : options;
  if (typeof checked !== "object" || checked === null) {
    throw new TypeError("Cannot create a channel: options are missing");
  }
  const { capacity, onDropped } = checked;
  if (!Number.isInteger(capacity) || capacity < 0) {
    throw new RangeError(`Cannot create a channel: capacity must be a whole number ≥ 0: ${String(capacity)}`);
  }
  if (onDropped !== undefined && typeof onDropped !== "function") {
    throw new TypeError("Cannot create a channel: onDropped is not a function");
  }
  return checked;
}

/** What a full buffer does with one more item; `onDropped` then hears of the one that went. */
function createOverflow<T>(
  items: Deque<T>,
  fullMode: FullMode,
  onDropped: (item: T) => void = () => {},
): Bounds<T>["overflow"] {
  switch (fullMode) {
    case "wait":
      return undefined;
    case "drop-write":
      return (item) => onDropped(item);
    case "drop-newest":
      return (item) => onDropped(items.replaceNewest(item));
    case "drop-oldest":
      return (item) => onDropped(items.replaceOldest(item));
    default:
      throw new TypeError(`Cannot create a channel: unknown full mode: ${String(fullMode satisfies never)}`);
  }
}

function compareNaturally<T>(a: T, b: T): number {
  if (a < b) return -1;
  return b < a ? 1 : 0;
}
