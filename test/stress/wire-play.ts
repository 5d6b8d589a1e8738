import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { WatchStatusRequest_Delivery as Delivery } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobHistory } from "../../src/testing/job-history.ts";
import type { WatchRecording } from "../../src/testing/watch-recording.ts";
import type { RecordedWatch } from "./recorded-watch.ts";
import { weighted } from "./weighted.ts";
import { type WatchInit, WiredService } from "./wired-service.ts";

const ways = 4;
const jobIds = Array.from({ length: 8 }, (_, number) => `job-${number}`);
const job = fc.constantFrom(...jobIds);
const way = fc.nat(ways - 1);
const at = fc.nat(30);

const anyInit: fc.Arbitrary<WatchInit> = fc
  .record({
    jobIds: fc.oneof(fc.constant<string[]>([]), fc.uniqueArray(job, { minLength: 1, maxLength: 3 })),
    labelSelector: fc.constantFrom<Record<string, string>>({}, {}, { team: "red" }),
    delivery: fc.constantFrom(Delivery.LATEST, Delivery.EVERY_TRANSITION),
  })
  .map((init) => ({ ...init, bookmarkInterval: { seconds: 1n } }));

/** What can happen at one moment. A cable is cut far less often than anything else happens. */
const anyStep = fc.oneof(
  weighted(60, {
    kind: fc.constant("start" as const),
    jobId: job,
    team: fc.constantFrom("red", "blue"),
    way,
  }),
  weighted(20, { kind: fc.constant("stop" as const), jobId: job, way }),
  weighted(10, { kind: fc.constant("watch" as const), init: anyInit, isEager: fc.boolean(), way }),
  weighted(30, { kind: fc.constant("read" as const), at }),
  weighted(10, { kind: fc.constant("resume" as const), at, way }),
  weighted(5, { kind: fc.constant("leave" as const), at }),
  weighted(1, { kind: fc.constant("cut" as const), way }),
  weighted(80, { kind: fc.constant("turn" as const), turns: fc.integer({ min: 1, max: 10 }) }),
);

export const anyWireSchedule = fc.array(anyStep, { minLength: 200, maxLength: 400, size: "max" });

type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;

interface Reader {
  readonly watch: RecordedWatch;
  readonly init: WatchInit;
  readonly isEager: boolean;
}

/** A random play over real connections: its steps are the seed's, its timing is the machine's. */
export class WirePlay implements AsyncDisposable {
  readonly #service: WiredService;
  readonly #readers: Reader[] = [];
  readonly #calls: Promise<void>[] = [];

  private constructor(service: WiredService) {
    this.#service = service;
  }

  static async open(ring: number): Promise<WirePlay> {
    return new WirePlay(await WiredService.open({ ring, ways }));
  }

  async step(step: Step): Promise<void> {
    switch (step.kind) {
      case "start":
        this.#calls.push(this.#service.start(step.jobId, step.team, step.way));
        break;
      case "stop":
        this.#calls.push(this.#service.stop(step.jobId, step.way));
        break;
      case "watch":
        this.#watch(step.init, step);
        break;
      case "read":
        this.#readerAt(step.at)?.watch.pull();
        break;
      case "resume":
        this.#resume(step.at, step.way);
        break;
      case "leave":
        this.#readerAt(step.at)?.watch.cut();
        break;
      case "cut":
        this.#service.cut(step.way);
        break;
      case "turn":
        for (let left = step.turns; left > 0; left--) await turn();
        break;
    }
  }

  /** Lets every job end and every watch read what there is; a bookmark is the last that each of them waits for. */
  async end(): Promise<{ readonly recordings: readonly WatchRecording[]; readonly history: JobHistory }> {
    await Promise.all(this.#calls);
    await Promise.all(jobIds.map((jobId) => this.#service.stop(jobId, 0)));
    const { revision } = this.#service;
    const reached = this.#readers.map(async ({ watch }) => {
      watch.catchUp();
      await watch.reached(revision);
    });
    await Promise.all(reached);
    const recordings = this.#readers.map(({ watch }) => watch.recording(revision));
    return { recordings, history: await this.#service.history };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { watch } of this.#readers) watch.cut();
    await this.#service[Symbol.asyncDispose]();
  }

  #watch(init: WatchInit, how: { readonly isEager: boolean; readonly way: number }): void {
    const { isEager } = how;
    this.#readers.push({ watch: this.#service.watch(init, how), init, isEager });
  }

  /** Asks for the same as one of the readers, behind one of the messages that it got. */
  #resume(at: number, way: number): void {
    const reader = this.#readerAt(at);
    if (reader === undefined) return;
    const { watch, init, isEager } = reader;
    this.#watch({ ...init, resumeToken: watch.tokenAt(at) }, { isEager, way });
  }

  #readerAt(at: number): Reader | undefined {
    return this.#readers[at % Math.max(1, this.#readers.length)];
  }
}
