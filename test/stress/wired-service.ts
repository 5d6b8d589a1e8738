import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { credentials, Client as GrpcClient } from "@grpc/grpc-js";
import {
  JobControlService,
  WatchStatusRequestSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { systemClock } from "../../src/async/clock.ts";
import { Core } from "../../src/control/core.ts";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { priorities } from "../../src/job/command.ts";
import { OpenTokens } from "../../src/limiter/open-tokens.ts";
import { fromWatchStatusRequest } from "../../src/rpc/requests.ts";
import { createServices, createServingStatus } from "../../src/rpc/services.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { JobContext } from "../../src/runner/job-context.ts";
import { GrpcServer } from "../../src/server/grpc/grpc-server.ts";
import { type JobHistory, readHistory } from "../../src/testing/job-history.ts";
import { jobType } from "../job/job-type.ts";
import { RawClient } from "../server/grpc/wire.ts";
import { CuttableProxy } from "./cuttable-proxy.ts";
import { GatedStore } from "./gated-store.ts";
import { RecordedWatch } from "./recorded-watch.ts";
import { endOf, told } from "./told-stream.ts";

export type WatchInit = MessageInitShape<typeof WatchStatusRequestSchema>;

/** The whole service on a port, and clients who reach it on ways that can be cut. */
export class WiredService implements AsyncDisposable {
  readonly ring: number;
  readonly #store = new GatedStore();
  readonly #engine = createLocalEngine({ store: this.#store, clock: systemClock, lanes, maxWaiters: 1000 });
  readonly #serving = createServingStatus();
  readonly #core: Core;
  readonly #server: GrpcServer;
  readonly #ways: { readonly proxy: CuttableProxy; readonly client: RawClient }[] = [];
  #epoch = "";
  /** The newest revision that anybody was answered with. */
  #answered = 0;

  private constructor(ring: number) {
    this.ring = ring;
    this.#core = new Core({
      engine: this.#engine,
      clock: systemClock,
      runner: createRunner({
        works: new Map([["work", { kind: "function", run: work }]]),
        clock: systemClock,
      }),
      tokens: new OpenTokens({ clock: systemClock }),
      types: [jobType({ name: "work", template: true, stopGraceMs: 1000, retentionMs: 60_000 })],
      watch: { ring, maxWatchers: 1000, bookmarkMs: 1000 },
    });
    this.#server = new GrpcServer(
      createServices({ control: this.#core.control, admin: this.#core.admin, serving: this.#serving }),
    );
  }

  static async open({ ring, ways }: { readonly ring: number; readonly ways: number }): Promise<WiredService> {
    const service = new WiredService(ring);
    await service.#core.start();
    const port = await service.#server.listen({ host: "127.0.0.1", port: 0 });
    for (let way = 0; way < ways; way++) {
      const proxy = await CuttableProxy.to(port);
      service.#ways.push({ proxy, client: clientOf(proxy) });
    }
    const { resumeToken } = await service.client(0).call(JobControlService.method.listJobs, {});
    service.#epoch = resumeToken.slice(0, resumeToken.indexOf(":"));
    return service;
  }

  /** The last revision that is committed. */
  get revision(): number {
    return this.#store.revision;
  }

  get history(): Promise<JobHistory> {
    return readHistory(this.#engine, this.#store.revision);
  }

  client(way: number): RawClient {
    return this.#way(way).client;
  }

  cut(way: number): void {
    this.#way(way).proxy.cut();
  }

  /** Resolves whatever comes of it: a way may be cut before the answer is there. */
  async start(jobId: string, team: string, way: number): Promise<void> {
    const request = { jobId, jobType: "work", labels: { ...bulk, team } };
    await this.#answer(this.client(way).call(JobControlService.method.start, request));
  }

  /** The same, for a Stop. */
  async stop(jobId: string, way: number): Promise<void> {
    await this.#answer(this.client(way).call(JobControlService.method.stop, { jobId, wait: true }));
  }

  watch(
    init: WatchInit,
    { way, isEager }: { readonly way: number; readonly isEager: boolean },
  ): RecordedWatch {
    const stream = this.client(way).stream(JobControlService.method.watchStatus, init);
    const answered = this.#answered;
    return new RecordedWatch({
      request: fromWatchStatusRequest(create(WatchStatusRequestSchema, init)),
      epoch: this.#epoch,
      ring: this.ring,
      messages: told(stream),
      isEager,
      turn: async () => {},
      published: () => answered,
      committed: () => this.#store.revision,
      endOf,
      cut: () => stream.cancel(),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { client, proxy } of this.#ways) {
      client.client.close();
      await proxy[Symbol.asyncDispose]();
    }
    this.#serving.end();
    await this.#core[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  async #answer(call: Promise<{ status?: { revision: bigint } | undefined }>): Promise<void> {
    try {
      const { status } = await call;
      this.#answered = Math.max(this.#answered, Number(status?.revision ?? 0n));
    } catch (error) {
      // The way was cut, or there is no such job yet.
      if (!(error instanceof Error && "metadata" in error)) throw error;
    }
  }

  #way(way: number) {
    const found = this.#ways[way % this.#ways.length];
    if (found === undefined) throw new RangeError(`No such way: ${way}`);
    return found;
  }
}

/** Makes a status so large that a reader who stalls soon fills what the connection holds for him. */
const bulk = Object.fromEntries(
  Array.from({ length: 20 }, (_, number) => [`bulk-${number}`, "x".repeat(255)]),
);

const lanes = priorities.map((priority) => ({ priority, capacity: 100, fullMode: "wait" as const }));

function clientOf({ port }: CuttableProxy): RawClient {
  const options = { "grpc.use_local_subchannel_pool": 1, "grpc.initial_reconnect_backoff_ms": 20 };
  return new RawClient(new GrpcClient(`127.0.0.1:${port}`, credentials.createInsecure(), options));
}

/** Every third job goes on until it is stopped; the others tell of progress once, and are done. */
async function work({ jobId, progress, sleep }: JobContext): Promise<void> {
  progress({ current: 1, total: 2 });
  if (jobId.endsWith("0")) await sleep(1_000_000);
}
