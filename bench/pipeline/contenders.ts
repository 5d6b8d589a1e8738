/**
 * The same work in each contender's best form: whole numbers from 1 up go through three synchronous stages, each a
 * sum of its own, and are added up at the end. At most 16 items wait between two stages: the default of both.
 */
import { Readable, Transform, Writable } from "node:stream";
import { pipeline as streamPipeline } from "node:stream/promises";
import { pipeline } from "../../src/pipeline/index.ts";

export interface Contender {
  readonly name: string;
  readonly form: string;
  /** Moves so many items, and resolves with the sum of what arrived. */
  run(items: number): Promise<number>;
}

const stages = [(n: number) => n + 1, (n: number) => n * 2, (n: number) => n - 3] as const;

/** What a contender that loses no item and doubles none comes to. */
export function expectedSum(items: number): number {
  return items * (items + 1) - items;
}

export const contenders: readonly Contender[] = [
  {
    name: "jobcontrol",
    form: "pipeline().map().map().map().forEach()",
    async run(items) {
      let sum = 0;
      const [first, second, third] = stages;
      await pipeline(numbers(items))
        .map(first)
        .map(second)
        .map(third)
        .forEach((n) => {
          sum += n;
        });
      return sum;
    },
  },
  {
    name: "node:stream",
    form: "pipeline(Readable, 3 Transforms, Writable), objectMode",
    async run(items) {
      let sum = 0;
      const add = new Writable({
        objectMode: true,
        write(n: number, _encoding, done) {
          sum += n;
          done();
        },
      });
      await streamPipeline([counting(items), ...stages.map(transform), add]);
      return sum;
    },
  },
  {
    name: "node:stream",
    form: "the same, read from a generator",
    async run(items) {
      let sum = 0;
      const add = new Writable({
        objectMode: true,
        write(n: number, _encoding, done) {
          sum += n;
          done();
        },
      });
      await streamPipeline([Readable.from(numbers(items)), ...stages.map(transform), add]);
      return sum;
    },
  },
  {
    name: "async generators",
    form: "for await, three deep",
    async run(items) {
      let sum = 0;
      const [first, second, third] = stages;
      for await (const n of mapped(mapped(mapped(numbers(items), first), second), third)) sum += n;
      return sum;
    },
  },
];

function* numbers(items: number): Generator<number> {
  for (let n = 1; n <= items; n++) yield n;
}

/** Node's cheapest source: it pushes as long as there is room. */
function counting(items: number): Readable {
  let n = 0;
  return new Readable({
    objectMode: true,
    read() {
      while (n < items) if (!this.push(++n)) return;
      this.push(null);
    },
  });
}

function transform(stage: (n: number) => number): Transform {
  return new Transform({
    objectMode: true,
    transform: (n: number, _encoding, done) => done(null, stage(n)),
  });
}

async function* mapped(
  source: Iterable<number> | AsyncIterable<number>,
  stage: (n: number) => number,
): AsyncGenerator<number> {
  for await (const n of source) yield stage(n);
}
