/**
 * Random chains of stages, twice: as a pipeline, and as what they do to an array. A plan says where something goes wrong;
 * the moments at which handlers end are fast-check's to choose.
 */
import fc from "fast-check";
import { createUnbounded } from "../../src/channel/index.ts";
import {
  type Pipeline,
  pipeline,
  type Source,
  type StageContext,
  type StageOptions,
} from "../../src/pipeline/index.ts";

export type Step = {
  readonly kind: "map" | "filter" | "flatMap" | "batch";
  readonly size: number;
  /** How many of four calls give a promise. */
  readonly later: number;
  readonly concurrency: number;
  readonly capacity: number;
  readonly unordered: boolean;
};

export const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("map", "filter", "flatMap", "batch"),
  size: fc.integer({ min: 1, max: 4 }),
  later: fc.integer({ min: 0, max: 4 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  capacity: fc.integer({ min: 0, max: 4 }),
  unordered: fc.boolean(),
});

export const sourceKinds = ["array", "generator", "async generator", "channel"] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** An item of a chain is a number, or a list of items. What a stage does depends on nothing else. */
export type ChainItem = number | readonly ChainItem[];

/** Something goes wrong at this call of this stage, counted from 0. The last stage is the end of the pipeline. */
export interface Trouble {
  readonly what: "error" | "rejection" | "abort";
  readonly stage: number;
  readonly call: number;
}

function weight(item: ChainItem): number {
  return typeof item === "number"
    ? item
    : item.reduce((sum: number, part) => sum + weight(part), item.length);
}

const accepts = (item: ChainItem, size: number) => weight(item) % (size + 1) !== 0;
const copies = (item: ChainItem, size: number) =>
  Array.from({ length: weight(item) % (size + 1) }, (_, n) => [item, n]);

/** What the steps do to an array. */
export function expectedOf(items: readonly ChainItem[], steps: readonly Step[]): readonly ChainItem[] {
  return steps.reduce(expectedAfter, items);
}

function expectedAfter(items: readonly ChainItem[], { kind, size }: Step): readonly ChainItem[] {
  switch (kind) {
    case "map":
      return items.map((item) => [item]);
    case "filter":
      return items.filter((item) => accepts(item, size));
    case "flatMap":
      return items.flatMap((item) => copies(item, size));
    case "batch":
      return Array.from({ length: Math.ceil(items.length / size) }, (_, n) =>
        items.slice(n * size, (n + 1) * size),
      );
  }
}

/** What was seen of one run. */
export class ChainRun {
  readonly passed: ChainItem[] = [];
  readonly abort = new AbortController();
  readonly error = new Error("trouble");
  /** Calls that have begun and not ended, by stage, and the most there were. */
  readonly active: number[] = [];
  readonly mostActive: number[] = [];
  opened = 0;
  finished = 0;
  calls = 0;
  troubled = false;
  begunTooLate = 0;
  readonly #scheduler: fc.Scheduler;
  readonly #trouble: Trouble | undefined;

  constructor(scheduler: fc.Scheduler, trouble: Trouble | undefined) {
    this.#scheduler = scheduler;
    this.#trouble = trouble;
  }

  source(kind: SourceKind, items: readonly ChainItem[]): Source<ChainItem> {
    const run = this;
    function* generator() {
      run.opened++;
      try {
        yield* items;
      } finally {
        run.finished++;
      }
    }
    async function* asyncGenerator() {
      run.opened++;
      try {
        for (const item of items) {
          await run.#scheduler.schedule(Promise.resolve(), "source");
          yield item;
        }
      } finally {
        await run.#scheduler.schedule(Promise.resolve(), "source closes");
        run.finished++;
      }
    }
    switch (kind) {
      case "array":
        return items;
      case "generator":
        return generator;
      case "async generator":
        return asyncGenerator();
      case "channel": {
        const { reader, writer } = createUnbounded<ChainItem>();
        for (const item of items) writer.tryWrite(item);
        writer.complete();
        return reader;
      }
    }
  }

  connect(source: Source<ChainItem>, steps: readonly Step[]): Pipeline<ChainItem> {
    return steps.reduce(
      (chain: Pipeline<ChainItem>, step, stage) => this.#add(chain, step, stage),
      pipeline(source),
    );
  }

  finish(chain: Pipeline<ChainItem>, step: Step, stage: number) {
    const pass = this.#handler(step, stage, (item) => void this.passed.push(item));
    return chain.forEach(pass, { ...this.#options(step, stage), signal: this.abort.signal });
  }

  #add(chain: Pipeline<ChainItem>, step: Step, stage: number): Pipeline<ChainItem> {
    const { kind, size, unordered, capacity } = step;
    const options = { ...this.#options(step, stage), unordered };
    switch (kind) {
      case "map":
        return chain.map(
          this.#handler(step, stage, (item): ChainItem => [item]),
          options,
        );
      case "filter":
        return chain.filter(
          this.#handler(step, stage, (item) => accepts(item, size)),
          options,
        );
      case "flatMap":
        return chain.flatMap<ChainItem>(
          this.#handler(step, stage, (item) => copies(item, size)),
          options,
        );
      case "batch":
        return chain.batch({ size, capacity, name: options.name }) as Pipeline<ChainItem>;
    }
  }

  #options({ concurrency, capacity }: Step, stage: number): StageOptions & { readonly name: string } {
    return { name: `stage ${stage}`, concurrency, capacity };
  }

  #handler<R>({ later }: Step, stage: number, make: (item: ChainItem) => R) {
    let calls = 0;
    return (item: ChainItem, { signal }: StageContext): R | Promise<R> => {
      const call = calls++;
      this.calls++;
      // A rejection is heard a little later; the signal tells when.
      if (signal.aborted || (this.troubled && this.#trouble?.what !== "rejection")) this.begunTooLate++;
      const trouble =
        this.#trouble?.stage === stage && this.#trouble.call === call ? this.#trouble.what : undefined;
      if (trouble === "error") {
        this.troubled = true;
        throw this.error;
      }
      if (trouble === "abort") {
        this.troubled = true;
        this.abort.abort(this.error);
      }
      if (trouble === "rejection") return this.#later(stage, () => this.#reject());
      return call % 4 < later ? this.#later(stage, () => make(item)) : make(item);
    };
  }

  #reject(): never {
    this.troubled = true;
    throw this.error;
  }

  async #later<R>(stage: number, make: () => R): Promise<R> {
    this.active[stage] = (this.active[stage] ?? 0) + 1;
    this.mostActive[stage] = Math.max(this.mostActive[stage] ?? 0, this.active[stage]);
    await this.#scheduler.schedule(Promise.resolve(), `stage ${stage}`);
    this.active[stage]--;
    return make();
  }
}
