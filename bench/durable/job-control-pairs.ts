import { systemClock } from "../../src/async/clock.ts";
import { Core } from "../../src/control/core.ts";
import type { JobStore } from "../../src/engine/local/job-store.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { priorities } from "../../src/job/command.ts";
import { undeclaredType } from "../../src/job/job-type.ts";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { Contender } from "./contender.ts";

/**
 * jobcontrol on a store, without gRPC. A pair is a Start, whose OK means that the job's run is in the store, and a Stop
 * that waits for the end of the run: its OK means that the end is in the store too. Each caller has a job of its own.
 */
export class JobControlPairs implements Contender {
  readonly name: string;
  readonly #core: Core;

  static async open(name: string, store: JobStore): Promise<JobControlPairs> {
    const core = createCore(store);
    await core.start();
    return new JobControlPairs(name, core);
  }

  private constructor(name: string, core: Core) {
    this.name = name;
    this.#core = core;
  }

  async pair(caller: number): Promise<void> {
    const { control } = this.#core;
    const command = { ...common, jobId: `job-${caller}` };
    await control.start({ ...command, jobType: "work", conflictPolicy: "fail", labels: {} }, call);
    await control.stop({ ...command, scope: "job", force: false, wait: true }, call);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#core[Symbol.asyncDispose]();
  }
}

const call = { signal: new AbortController().signal, peer: "bench" };

const common = { requestId: "", etag: "", reason: "", replyMode: "applied", validateOnly: false } as const;

/** A core with one type of job, `work`, which goes on until it is stopped. */
export function createCore(store: JobStore): Core {
  const clock = systemClock;
  const lanes = priorities.map((priority) => ({ priority, capacity: 1000, fullMode: "wait" as const }));
  return new Core({
    engine: createLocalEngine({ store, clock, lanes, maxWaiters: 1000 }),
    runner: createRunner({
      works: new Map([["work", { kind: "function", run: ({ sleep }) => sleep(1_000_000) }]]),
      clock,
      log: { write: () => {} },
    }),
    tokens: new OpenTokens({ clock }),
    types: [{ ...undeclaredType("work"), template: true }],
    clock,
    watch: { ring: 10_000, maxWatchers: 10, bookmarkMs: 15_000 },
    onDrain: () => {},
  });
}
