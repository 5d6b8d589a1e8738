import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { priorities } from "../../src/job/command.ts";
import { EngineBench, fateOf } from "../../src/testing/engine-bench.ts";
import { EngineOracle, type OracleOptions } from "./engine-oracle.ts";

const settings = fc.oneof(
  fc.record({ capacity: fc.integer({ min: 0, max: 3 }), fullMode: fc.constant("wait" as const) }),
  fc.record({
    capacity: fc.integer({ min: 1, max: 3 }),
    fullMode: fc.constantFrom("drop-write" as const, "drop-newest" as const, "drop-oldest" as const),
  }),
);

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("submit" as const),
      priority: fc.constantFrom(...priorities.slice(1, 3)),
      forGood: fc.boolean(),
      patienceMs: fc.option(fc.integer({ min: 1, max: 1000 }), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("abort" as const), at: fc.nat() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("commit" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("advance" as const), ms: fc.integer({ min: 0, max: 500 }) }),
  },
);

/** Plays a schedule on an engine and on the oracle, and compares them after every step. */
class Play {
  readonly #bench: EngineBench;
  readonly #oracle: EngineOracle;
  readonly #callers: { id: string; abort: () => void }[] = [];
  readonly #told = new Map<string, string>();
  readonly #submitted: Promise<unknown>[] = [];
  #taken: Parameters<EngineBench["commit"]>[0] = [];

  constructor(bench: EngineBench, options: OracleOptions) {
    this.#bench = bench;
    this.#oracle = new EngineOracle(options);
  }

  async step(taken: typeof step extends fc.Arbitrary<infer Step> ? Step : never): Promise<void> {
    switch (taken.kind) {
      case "submit":
        this.#submit(taken);
        break;
      case "abort":
        this.#abort(taken.at);
        break;
      case "read":
        await this.#read();
        break;
      case "commit":
        await this.#commit();
        break;
      case "advance":
        await this.#bench.clock.advance(taken.ms);
        this.#oracle.advance(taken.ms);
    }
    await this.#bench.settle();
    expect(this.#bench.waiting).toEqual(this.#oracle.waiting);
    expect(this.#told).toEqual(this.#oracle.fates);
  }

  /** In the end every command has exactly the fate that it should have, and nothing is left. */
  async end(): Promise<void> {
    await this.#commit();
    await this.#bench[Symbol.asyncDispose]();
    this.#oracle.dispose();
    await Promise.all(this.#submitted);
    expect(this.#told).toEqual(this.#oracle.fates);
    expect(this.#told.size).toBe(this.#submitted.length);
    this.#bench.assertNothingLeft();
  }

  #submit({ priority, forGood, patienceMs }: Extract<Parameters<Play["step"]>[0], { kind: "submit" }>): void {
    const { clock, engine } = this.#bench;
    const caller = this.#bench.caller();
    const command = this.#bench.start({
      priority,
      replyMode: forGood ? "accepted" : "applied",
      deadlineMs: patienceMs === undefined ? undefined : clock.now() + patienceMs,
    });
    const id = command.commandId;
    const deadlineMs = patienceMs === undefined ? undefined : this.#oracle.nowMs + patienceMs;
    this.#callers.push({ id, abort: () => caller.abort() });
    this.#submitted.push(fateOf(engine.submit(command, caller)).then((fate) => this.#told.set(id, fate)));
    this.#oracle.submit({ id, priority, forGood, deadlineMs });
  }

  #abort(at: number): void {
    const caller = this.#callers[at % Math.max(1, this.#callers.length)];
    if (caller === undefined) return;
    caller.abort();
    this.#oracle.abort(caller.id);
  }

  async #read(): Promise<void> {
    const queue = await this.#bench.queue();
    const delivery = queue.tryRead();
    if (delivery === undefined) {
      expect(this.#oracle.heads).toEqual([]);
      return;
    }
    const { commandId } = delivery.command;
    expect(this.#oracle.heads).toContain(commandId);
    this.#oracle.read(commandId);
    this.#taken = [...this.#taken, delivery];
  }

  async #commit(): Promise<void> {
    const taken = this.#taken;
    this.#taken = [];
    await this.#bench.commit(taken);
    this.#oracle.commit();
  }
}

describe("the local engine", () => {
  it("does what its oracle does, whatever callers, leader and clock do: each command one fate", async () => {
    await fc.assert(
      fc.asyncProperty(settings, fc.array(step, { maxLength: 60 }), async (setting, schedule) => {
        const options = { ...setting, maxWaiters: 2 };
        const createEngine = (engine: Omit<Parameters<typeof createLocalEngine>[0], "store">) =>
          createLocalEngine({ ...engine, store: createMemoryStore() });
        const play = new Play(await EngineBench.open({ createEngine }, options), options);
        for (const next of schedule) await play.step(next);
        await play.end();
      }),
      { numRuns: 150 },
    );
  });
});
