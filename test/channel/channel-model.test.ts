/**
 * Random histories of a channel, beside a model made of plain arrays. Calls run one after the other in the same tick
 * until a `turn`, so that every race between a write, a read, an abort and the end is met.
 */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Channel,
  ChannelClosedError,
  createBounded,
  createUnbounded,
  createUnboundedPrioritized,
} from "../../src/channel/index.ts";
import { ChannelModel, type Item, type ModelOptions, type Outcome } from "./channel-model.ts";
import { abortListeners, turn } from "./pending.ts";

const waitingCalls = ["write", "read", "readStep", "forEach", "waitToRead", "waitToWrite"] as const;
type WaitingCall = (typeof waitingCalls)[number];

type Command =
  | { readonly type: "tryWrite"; readonly rank: number }
  | { readonly type: WaitingCall; readonly rank: number; readonly signal: "none" | "live" | "aborted" }
  | { readonly type: "abort"; readonly which: number }
  | { readonly type: "tryRemove"; readonly which: number }
  | { readonly type: "complete"; readonly failed: boolean }
  | { readonly type: "tryRead" | "turn" };

const rank = fc.nat(3);
const which = fc.nat(30);
const signal = fc.constantFrom("none", "none", "live", "live", "live", "aborted");
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ type: fc.constant("tryWrite"), rank }) },
  { weight: 6, arbitrary: fc.constant({ type: "tryRead" as const }) },
  { weight: 16, arbitrary: fc.record({ type: fc.constantFrom(...waitingCalls), rank, signal }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant("abort"), which }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("tryRemove"), which }) },
  { weight: 4, arbitrary: fc.constant({ type: "turn" as const }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("complete"), failed: fc.boolean() }) },
);

const failure = new Error("disk full");
const abortReason = new Error("enough");

/** A channel and its model, which are told the same and must say the same. */
class Comparison {
  readonly dropped: number[] = [];
  readonly #handled: [number, number][] = [];
  readonly #model: ChannelModel;
  readonly #channel: Channel<Item>;
  readonly #outcomes: Outcome[] = [];
  readonly #aborts: (AbortController | undefined)[] = [];
  readonly #items: Item[] = [];
  #completion: Outcome = "pending";

  constructor(options: ModelOptions) {
    this.#model = new ChannelModel(options);
    this.#channel = create(options, (item) => this.dropped.push(item.n));
    this.#channel.reader.completion.then(
      () => {
        this.#completion = "done";
      },
      (error) => {
        this.#completion = error === failure ? "failed" : "closed";
      },
    );
  }

  async run(step: Command): Promise<void> {
    switch (step.type) {
      case "turn":
        await this.compare();
        break;
      case "tryWrite": {
        const item = this.#newItem(step.rank);
        expect(this.#channel.writer.tryWrite(item)).toBe(this.#model.tryWrite(item));
        break;
      }
      case "tryRead":
        expect(this.#channel.reader.tryRead()).toBe(this.#model.tryRead());
        break;
      case "tryRemove": {
        const item = this.#items[step.which] ?? { rank: 0, n: -1 };
        expect(this.#channel.reader.tryRemove(item)).toBe(this.#model.tryRemove(item.n));
        break;
      }
      case "complete":
        expect(this.#channel.writer.tryComplete(step.failed ? failure : null)).toBe(
          this.#model.complete(step.failed),
        );
        break;
      case "abort":
        this.#aborts[step.which]?.abort(abortReason);
        if (this.#aborts[step.which] !== undefined) this.#model.abort(step.which);
        break;
      default:
        this.#wait(step.type, step.rank, step.signal);
    }
    expect(this.#channel.reader.count).toBe(this.#model.buffer.length);
    expect(this.#channel.reader.tryPeek()).toBe(this.#model.tryPeek());
    expect(this.dropped).toEqual(this.#model.dropped);
    expect(this.#handled).toEqual(this.#model.handled);
  }

  /** Lets everything settle and compares what became of every call. */
  async compare(): Promise<void> {
    await turn();
    expect(this.#outcomes).toEqual(this.#model.outcomes);
    expect(this.#completion).toBe(this.#model.completion);
    this.#aborts.forEach((abort, id) => {
      if (abort === undefined) return;
      expect(abortListeners(abort.signal)).toBe(this.#outcomes[id] === "pending" ? 1 : 0);
    });
  }

  #newItem(itemRank: number): Item {
    const item = { rank: itemRank, n: this.#items.length };
    this.#items.push(item);
    return item;
  }

  #wait(call: WaitingCall, itemRank: number, kind: "none" | "live" | "aborted"): void {
    const id = this.#outcomes.push("pending") - 1;
    const abort = kind === "none" ? undefined : new AbortController();
    this.#aborts[id] = abort;
    if (kind === "aborted") abort?.abort(abortReason);
    const item = this.#newItem(itemRank);
    const handle = ({ n }: Item): unknown => this.#handled.push([id, n]);
    start(this.#channel, { call, item, handle, signal: abort?.signal }).then(
      (value) => {
        this.#outcomes[id] = describeValue(value);
      },
      (error) => {
        this.#outcomes[id] = describeError(error);
      },
    );
    if (kind === "aborted") this.#model.refuse();
    else this.#model[call](item);
  }
}

function create(options: ModelOptions, onDropped: (item: Item) => void): Channel<Item> {
  const { capacity, fullMode, prioritized } = options;
  if (prioritized) return createUnboundedPrioritized({ compare: (a, b) => a.rank - b.rank });
  return capacity === Number.POSITIVE_INFINITY
    ? createUnbounded()
    : createBounded({ capacity, fullMode, onDropped });
}

interface Start {
  readonly call: WaitingCall;
  readonly item: Item;
  readonly handle: (item: Item) => unknown;
  readonly signal: AbortSignal | undefined;
}

function start({ reader, writer }: Channel<Item>, { call, item, handle, signal }: Start): Promise<unknown> {
  switch (call) {
    case "write":
      return writer.write(item, { signal });
    case "read":
      return reader.read({ signal });
    case "readStep":
      return reader.readAll({ signal }).next();
    case "forEach":
      return reader.forEach(handle, { signal });
    case "waitToRead":
      return reader.waitToRead({ signal });
    case "waitToWrite":
      return writer.waitToWrite({ signal });
  }
}

function describeValue(value: unknown): Outcome {
  if (value === undefined) return "done";
  if (typeof value === "boolean") return value ? "true" : "false";
  const step = value as Item | IteratorResult<Item, undefined>;
  if ("n" in step) return `item ${step.n}`;
  return step.done ? "end" : `item ${step.value.n}`;
}

function describeError(error: unknown): Outcome {
  if (error === abortReason) return "aborted";
  if (error === failure) return "failed";
  if (error instanceof ChannelClosedError) return "closed";
  throw error;
}

const unbounded = { capacity: Number.POSITIVE_INFINITY, fullMode: "wait", prioritized: false } as const;
const kinds: readonly ModelOptions[] = [
  ...[0, 1, 2, 3].flatMap((capacity) =>
    (["wait", "drop-write", "drop-newest", "drop-oldest"] as const).map((fullMode) => ({
      capacity,
      fullMode,
      prioritized: false,
    })),
  ),
  unbounded,
  { ...unbounded, prioritized: true },
];

describe.each(kinds)("A channel with capacity $capacity, $fullMode, prioritized: $prioritized", (options) => {
  it("does in every history what its model does", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const comparison = new Comparison(options);
        for (const step of commands) await comparison.run(step);
        await comparison.compare();
      }),
      { numRuns: 250 },
    );
  });
});
