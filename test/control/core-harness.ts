import type { AdminControl } from "../../src/control/admin-control.ts";
import { Core, type CoreOptions } from "../../src/control/core.ts";
import type {
  Call,
  ChangeRequest,
  GetStatusRequest,
  JobControl,
  JobPage,
  ListRequest,
  Reply,
  StartReply,
  StartRequest,
  StopRequest,
  TriggerReply,
} from "../../src/control/job-control.ts";
import type { OutputBatch, OutputRequest } from "../../src/control/output/output.ts";
import type { WatchMessage, WatchRequest } from "../../src/control/watch/watch.ts";
import type { JobStore } from "../../src/engine/local/job-store.ts";
import type { LaneOptions } from "../../src/engine/local/lane-options.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { priorities } from "../../src/job/command.ts";
import type { JobType } from "../../src/job/job-type.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { TokenBucket } from "../../src/limiter/token-bucket.ts";
import type { Run, Runner, RunObserver, RunRequest } from "../../src/runner/runner.ts";
import type { Journal } from "../../src/telemetry/journal.ts";
import type { Meter } from "../../src/telemetry/meter.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { jobType } from "../job/job-type.ts";
import { textsIn, written } from "./written.ts";

/** A run that does what the test says. */
class ScriptedRun implements Run {
  readonly request: RunRequest;
  readonly observer: RunObserver;
  stops = 0;
  kills = 0;

  constructor(request: RunRequest, observer: RunObserver) {
    this.request = request;
    this.observer = observer;
  }

  stop(): void {
    this.stops++;
  }

  kill(): void {
    this.kills++;
    this.fail("KILLED");
  }

  write(...texts: readonly string[]): void {
    this.observer.wrote("stdout", written(...texts));
  }

  succeed(result?: RunResult & { kind: "succeeded" }): void {
    this.observer.ended(result ?? { kind: "succeeded", message: "" });
  }

  fail(reason = "THREW", { retryable = false } = {}): void {
    this.observer.ended({ kind: "failed", reason, message: reason, retryable });
  }

  progress(current: number): void {
    this.observer.progressed({ current, total: 100, unit: "", message: "", stage: "" });
  }
}

class ScriptedRunner implements Runner {
  readonly runs: ScriptedRun[] = [];

  start(request: RunRequest, observer: RunObserver): Run {
    const run = new ScriptedRun(request, observer);
    this.runs.push(run);
    return run;
  }

  async recover(): Promise<void> {}

  /** The newest run of a job. */
  of(jobId: string): ScriptedRun {
    const run = this.runs.findLast(({ request }) => request.jobId === jobId);
    if (run === undefined) throw new Error(`No run of ${jobId}`);
    return run;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const run of this.runs) run.kill();
  }
}

export interface HarnessOptions {
  readonly clock?: FakeClock;
  readonly types?: readonly (Partial<JobType> & { name: string })[];
  readonly rate?: { rate: number; burst: number };
  readonly lane?: Partial<LaneOptions>;
  readonly maxWaiters?: number;
  readonly ring?: number;
  readonly maxWatchers?: number;
  readonly maxJobs?: number;
  readonly output?: CoreOptions["output"];
  readonly store?: JobStore;
  readonly meter?: Meter;
  readonly degradedAt?: number;
  readonly journal?: Journal;
}

/** A core on a fake clock, with runs that the test scripts. */
export class Harness implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly runner = new ScriptedRunner();
  readonly bucket: TokenBucket | undefined;
  readonly core: Core;

  constructor({ types = [{ name: "job" }], rate, lane, ring = 1000, ...options }: HarnessOptions) {
    const { maxWatchers = 100, maxJobs = 1000, maxWaiters = 10, output = {} } = options;
    const { store = createMemoryStore({ history: ring }), degradedAt } = options;
    this.clock = options.clock ?? new FakeClock();
    const { clock, runner } = this;
    this.bucket = rate && new TokenBucket({ ...rate, clock });
    const lanes = priorities.map((priority) => ({
      priority,
      capacity: 100,
      fullMode: "wait" as const,
      ...lane,
    }));
    this.core = new Core({
      engine: createLocalEngine({ store, clock, lanes, maxWaiters, observer: options.meter }),
      runner,
      clock,
      tokens: this.bucket ?? new OpenTokens({ clock }),
      types: types.map(jobType),
      watch: { ring, maxWatchers, bookmarkMs: 15_000 },
      output,
      maxJobs,
      meter: options.meter,
      ...(degradedAt && { degradedAt }),
      journal: options.journal,
    });
  }

  static async start(options: HarnessOptions = {}): Promise<Harness> {
    const harness = new Harness(options);
    await harness.core.start();
    return harness;
  }

  get admin(): AdminControl {
    return this.core.admin;
  }

  get control(): JobControl {
    return this.core.control;
  }

  start(jobId: string, over: Partial<StartRequest> = {}, call: Partial<Call> = {}): Promise<StartReply> {
    const request = {
      jobId,
      jobType: "",
      conflictPolicy: "use-existing" as const,
      labels: {},
      ...unset,
      ...over,
    };
    return this.control.start(request, this.call(call));
  }

  stop(jobId: string, over: Partial<StopRequest> = {}, call: Partial<Call> = {}): Promise<Reply> {
    return this.control.stop(
      { jobId, scope: "job", force: false, wait: false, ...unset, ...over },
      this.call(call),
    );
  }

  pause(jobId: string, over: Partial<ChangeRequest> = {}, call: Partial<Call> = {}): Promise<Reply> {
    return this.control.pause({ jobId, ...unset, ...over }, this.call(call));
  }

  resume(jobId: string, over: Partial<ChangeRequest> = {}, call: Partial<Call> = {}): Promise<Reply> {
    return this.control.resume({ jobId, ...unset, ...over }, this.call(call));
  }

  trigger(jobId: string, over: Partial<ChangeRequest> = {}, call: Partial<Call> = {}): Promise<TriggerReply> {
    return this.control.trigger({ jobId, ...unset, ...over }, this.call(call));
  }

  async status(jobId: string, over: Partial<GetStatusRequest> = {}) {
    const request = {
      jobId,
      consistency: "linearizable",
      includeInput: false,
      includeResult: false,
      ...over,
    } as const;
    return (await this.control.getStatus(request, this.call())).status;
  }

  /** All jobs, where no less is asked for. */
  list(over: Partial<ListRequest> = {}): JobPage {
    return this.control.list({ ...wholeList, ...over });
  }

  watch(over: Partial<WatchRequest> = {}, call: Partial<Call> = {}): WatchReader {
    return new WatchReader(this.control.watch({ ...wholeWatch, ...over }, this.call(call)));
  }

  output(jobId: string, over: Partial<OutputRequest> = {}, call: Partial<Call> = {}): OutputReader {
    const request = { jobId, runId: "", follow: false, ...over };
    return new OutputReader(this.control.watchOutput(request, this.call(call)));
  }

  call(over: Partial<Call> = {}): Call {
    return { signal: new AbortController().signal, peer: "tester", ...over };
  }

  /** Lets everything happen that can happen without time going by. */
  settle(): Promise<void> {
    return this.clock.advance(0);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.core[Symbol.asyncDispose]();
  }
}

const unset = { requestId: "", etag: "", reason: "", replyMode: "applied" as const, validateOnly: false };

const wholeList: ListRequest = { pageSize: 10_000, pageToken: "", labels: {}, states: [], jobType: "" };

/** All jobs, from a snapshot on, for ever. */
export const wholeWatch: WatchRequest = {
  jobIds: [],
  labels: {},
  resumeToken: "",
  delivery: "latest",
  minIntervalMs: 0,
  until: "cancelled",
  maxChanges: 0,
  skipSnapshot: false,
};

/** Reads a stream message by message. */
class StreamReader<T> implements AsyncDisposable {
  readonly #messages: AsyncIterator<T>;

  constructor(messages: AsyncIterable<T>) {
    this.#messages = messages[Symbol.asyncIterator]();
  }

  async next(): Promise<T> {
    const { value, done } = await this.#messages.next();
    if (done) throw new Error("The stream has ended");
    return value;
  }

  async take(count: number): Promise<T[]> {
    const messages: T[] = [];
    while (messages.length < count) messages.push(await this.next());
    return messages;
  }

  /** Everything that is left. */
  async rest(): Promise<T[]> {
    const messages: T[] = [];
    for (;;) {
      const { value, done } = await this.#messages.next();
      if (done) return messages;
      messages.push(value);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#messages.return?.();
  }
}

export class WatchReader extends StreamReader<WatchMessage> {
  /** Everything up to the end of the snapshot. */
  async snapshot(): Promise<WatchMessage[]> {
    const messages = [await this.next()];
    while (messages.at(-1)?.kind !== "snapshot-end") messages.push(await this.next());
    return messages;
  }
}

export class OutputReader extends StreamReader<OutputBatch> {
  /** The text of every line that is left. */
  async texts(): Promise<string[]> {
    return textsIn(await this.rest());
  }
}

/** A message in short: `changed a running`. */
export function brief(message: WatchMessage): string {
  switch (message.kind) {
    case "snapshot":
      return `snapshot ${message.jobId} ${message.status?.state ?? "absent"}`;
    case "changed":
    case "removed":
      return `${message.kind} ${message.status.jobId} ${message.status.state}`;
    case "closing":
      return `closing ${message.reason}`;
    default:
      return message.kind;
  }
}
