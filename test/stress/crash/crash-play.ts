import { setImmediate as turn } from "node:timers/promises";
import {
  WatchStatusRequest_Delivery as Delivery,
  JobControlService,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { parseResumeToken } from "../../../src/control/watch/resume-token.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { JobHistory } from "../../../src/testing/job-history.ts";
import type { WatchRecording } from "../../../src/testing/watch-recording.ts";
import type { RawClient } from "../../server/grpc/wire.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { Caller } from "./caller.ts";
import { receiptOf, runsOf } from "./calls.ts";
import type { Evidence, FoundReceipt, Order } from "./evidence.ts";
import { Notebook } from "./notebook.ts";
import { ServerLine } from "./server-line.ts";
import { callers, jobIds, type Life, type Step } from "./steps.ts";
import { readBegun } from "./traces.ts";
import { WatchLine } from "./watch-line.ts";

const { method } = JobControlService;

/** Callers and watchers of a server that is killed again and again: their steps are the seed's, its ends the machine's. */
export class CrashPlay implements AsyncDisposable {
  readonly #folder: TemporaryFolder;
  readonly #line: ServerLine;
  readonly #notebook = new Notebook();
  readonly #callers: readonly Caller[];
  readonly #watchers: WatchLine[] = [];
  #requests = 0;

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.#line = new ServerLine(folder.path);
    this.#callers = Array.from({ length: callers }, () => new Caller(this.#line, this.#notebook));
  }

  static async open(): Promise<CrashPlay> {
    return new CrashPlay(await TemporaryFolder.create());
  }

  /** A server comes, is called and watched, and is killed in the middle of it. */
  async live({ steps, answers, turns, rate, stillbornMs }: Life): Promise<void> {
    if (stillbornMs !== undefined) await this.#line.beginInVain(stillbornMs);
    const end = this.#notebook.answers + answers;
    await this.#begin(rate);
    for (const step of steps) this.#step(step);
    await Promise.race([this.#notebook.reached(end), this.#done()]);
    for (let left = turns; left > 0; left--) await turn();
    this.#lookAtWatches();
    await this.#line.kill();
    for (const watcher of this.#watchers) await watcher.over();
  }

  /** A last server answers what is left, and all jobs are stopped. Then it is killed too, and its file is read. */
  async end(): Promise<{ readonly evidence: Evidence; readonly recordings: readonly WatchRecording[] }> {
    await this.#begin("unlimited");
    await this.#done();
    for (const [index, jobId] of jobIds.entries())
      this.#callers[index % callers]?.order(...this.#stop(jobId));
    await this.#done();
    const { calls } = await this.#line.link;
    const receipts = await this.#receipts(calls);
    const { jobs, resumeToken } = await calls.call(method.listJobs, {});
    const runs = new Map(
      await Promise.all(jobs.map(async ({ jobId }) => [jobId, await runsOf(calls, jobId)] as const)),
    );
    const { epoch, revision } = parseResumeToken(resumeToken) ?? { epoch: "", revision: 0 };
    for (const watcher of this.#watchers) await watcher.reached(revision);
    this.#lookAtWatches();
    const recordings = this.#watchers.flatMap((watcher) => watcher.recordings({ epoch, revision }));
    for (const watcher of this.#watchers) watcher.leave();
    await this.#line.kill();
    const { heard, reads } = this.#notebook;
    const { kills } = this.#line;
    const begun = readBegun(this.#folder.path);
    const history = await this.#history();
    return { evidence: { heard, reads, receipts, jobs, runs, begun, history, kills, ...types }, recordings };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#line[Symbol.dispose]();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #begin(rate: string): Promise<void> {
    const link = await this.#line.begin(rate);
    const isFirst = this.#watchers.length === 0;
    this.#watchers.push(...(isFirst ? firstWatches : laterWatches).map((init) => new WatchLine(init)));
    for (const watcher of this.#watchers) watcher.open(link, this.#notebook.revision);
  }

  /** Nothing ends a watch but the end of its server. */
  #lookAtWatches(): void {
    if (!this.#watchers.every(({ goesOn }) => goesOn)) throw new Error("A watch has ended before its server");
  }

  #step(step: Step): void {
    const caller = this.#callers[step.caller];
    switch (step.kind) {
      case "order":
        caller?.order(step.order, this.#nextRequest());
        break;
      case "repeat":
        caller?.repeat(step.at);
        break;
      case "read":
        caller?.read(step.jobId);
        break;
    }
  }

  async #done(): Promise<void> {
    await Promise.all(this.#callers.map(({ done }) => done));
  }

  #stop(jobId: string): [Order, string] {
    const plain = {
      conflictPolicy: "use-existing",
      replyMode: "applied",
      force: false,
      inputSize: 0,
    } as const;
    return [{ kind: "stop", jobId, wait: true, ...plain }, this.#nextRequest()];
  }

  #nextRequest(): string {
    return `request-${++this.#requests}`;
  }

  async #receipts(calls: RawClient): Promise<Map<string, FoundReceipt>> {
    const found = new Map<string, FoundReceipt>();
    for (const { requestId } of this.#notebook.heard) {
      if (found.has(requestId)) continue;
      const receipt = await receiptOf(calls, requestId);
      if (receipt !== undefined) found.set(requestId, receipt);
    }
    return found;
  }

  async #history(): Promise<JobHistory> {
    await using store = createSqliteStore({ file: this.#line.file, history: enough });
    await store.load();
    return new JobHistory(await store.history(0, enough));
  }
}

const enough = 1_000_000;

/** What the configuration says of them. */
const types = {
  restarts: new Set(["again", "queued", "process"]),
  traced: new Set(["task", "queued", "tick", "hold", "again"]),
};

const bookmarkInterval = { seconds: 1n };
const firstWatches = [
  { delivery: Delivery.EVERY_TRANSITION, bookmarkInterval },
  { delivery: Delivery.LATEST, bookmarkInterval },
  { jobIds: ["tick-0", "process", "never"], delivery: Delivery.EVERY_TRANSITION, bookmarkInterval },
];
/** One more comes with each server. */
const laterWatches = [{ delivery: Delivery.LATEST, bookmarkInterval }];
