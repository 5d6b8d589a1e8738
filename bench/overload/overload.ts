import { setTimeout as sleep } from "node:timers/promises";
import { create, toBinary } from "@bufbuild/protobuf";
import { Priority } from "../../gen/jobcontrol/v1/command_pb.ts";
import { StartRequestSchema } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { createJobControlClient, describeFailure, type JobControlClient } from "../../src/client/index.ts";
import { asDeployed, startJobControl, startServer } from "../child-server.ts";
import { rotated } from "../rounds.ts";
import { quantile, summary } from "../statistics.ts";
import { limit } from "./limit.ts";
import { type Answered, OpenLoop } from "./open-loop.ts";

/**
 * Five times as many Starts as the server's bucket has tokens for, from another process and without waiting for
 * answers. Counted is how soon the refusals come, and how much of the limit still gets done.
 */
const rounds = 5;
const roundMs = 4000;
/** By then the tokens that were saved up are gone, and the lane is full. */
const settledMs = 1000;
const path = "/jobcontrol.v1.JobControlService/Start";

export async function overload(): Promise<void> {
  using server = await startJobControl("bench/overload/jobcontrol.config.ts", ...asDeployed);
  using client = createJobControlClient(server);
  using load = await OpenLoop.open(server.address, 4);
  using bareServer = await startServer("bench/overload/servers/bare.ts");
  using bareLoad = await OpenLoop.open(bareServer.address, 4);
  const bare = new Bare();
  const cases = [
    new Case("the lane is full", { priority: Priority.NORMAL }),
    new Case("and so is the list of those who wait", { priority: Priority.LOW }),
    new Case("deadlines of 100 ms cannot be met", { priority: Priority.NORMAL, timeoutMs: 100 }),
  ];
  for (let round = -1; round < rounds; round++) {
    for (const each of rotated(cases, Math.abs(round))) {
      await each.run(load, client, { isWarmUp: round < 0 });
      await sleep(1000);
    }
    await bare.run(bareLoad, { isWarmUp: round < 0 });
  }
  console.log(`${5 * limit} Starts a second, where ${limit} can be applied`);
  console.table([...cases, bare].map((each) => each.row()));
}

/** As many Starts at a bare grpc-js server that refuses each of them. */
class Bare {
  readonly #p50s: number[] = [];
  readonly #p99s: number[] = [];

  async run(load: OpenLoop, { isWarmUp }: { isWarmUp: boolean }): Promise<void> {
    const startedAtMs = performance.now();
    const answers = await load.run({ path, request: requestOf(Priority.NORMAL) }, 5 * limit, roundMs);
    if (isWarmUp) return;
    const settled = answers.filter(({ dueMs }) => dueMs - startedAtMs >= settledMs);
    const latencies = settled.map(({ latencyMs }) => latencyMs);
    this.#p50s.push(quantile(latencies, 0.5));
    this.#p99s.push(quantile(latencies, 0.99));
  }

  row(): object {
    return {
      "refused because": "a bare grpc-js server refuses all",
      "p50, ms": summary(this.#p50s, 2),
      "p99, ms": summary(this.#p99s, 2),
    };
  }
}

function requestOf(priority: Priority): Uint8Array {
  return toBinary(StartRequestSchema, create(StartRequestSchema, { jobId: "report", priority }));
}

interface CaseOptions {
  readonly priority: Priority;
  readonly timeoutMs?: number;
}

class Case {
  readonly #name: string;
  readonly #options: CaseOptions;
  readonly #p50s: number[] = [];
  readonly #p99s: number[] = [];
  /** The share that got a place and whose deadline came before its turn; it is told at its deadline. */
  readonly #expired: number[] = [];
  readonly #goodputs: number[] = [];
  /** What a client that reads them says of the refusals. */
  readonly #reasons = new Set<string>();

  constructor(name: string, options: CaseOptions) {
    this.#name = name;
    this.#options = options;
  }

  async run(load: OpenLoop, client: JobControlClient, { isWarmUp }: { isWarmUp: boolean }): Promise<void> {
    const { priority, timeoutMs } = this.#options;
    const request = requestOf(priority);
    const startedAtMs = performance.now();
    const [answers] = await Promise.all([
      load.run({ path, request, timeoutMs }, 5 * limit, roundMs),
      this.#askWhy(client),
    ]);
    if (isWarmUp) return;
    const settled = answers.filter(({ dueMs }) => dueMs - startedAtMs >= settledMs);
    const refused = settled.filter((answer) => !answer.isOk && !this.#isExpired(answer));
    const latencies = refused.map(({ latencyMs }) => latencyMs);
    const done = answers.filter(
      ({ isOk, dueMs, latencyMs }) => isOk && dueMs + latencyMs - startedAtMs >= settledMs,
    );
    this.#p50s.push(quantile(latencies, 0.5));
    this.#p99s.push(quantile(latencies, 0.99));
    this.#expired.push(settled.filter((answer) => this.#isExpired(answer)).length / settled.length);
    this.#goodputs.push(done.length / ((limit * (roundMs - settledMs)) / 1000));
  }

  row(): object {
    return {
      "refused because": this.#name,
      "p50, ms": summary(this.#p50s, 2),
      "p99, ms": summary(this.#p99s, 2),
      "applied, of the limit": summary(this.#goodputs, 3),
      expired: summary(this.#expired, 3),
      reasons: [...this.#reasons].join(", "),
    };
  }

  #isExpired({ isOk, latencyMs }: Answered): boolean {
    const { timeoutMs = Number.POSITIVE_INFINITY } = this.#options;
    return !isOk && latencyMs >= 0.9 * timeoutMs;
  }

  async #askWhy(client: JobControlClient): Promise<void> {
    const { priority, timeoutMs } = this.#options;
    await sleep(settledMs);
    for (let call = 0; call < 10; call++) {
      const start = client.jobs.start({ jobId: "report", priority }, { timeoutMs: timeoutMs ?? 10_000 });
      await start.catch((error: unknown) => this.#reasons.add(describeFailure(error).reason));
    }
  }
}

if (import.meta.main) await overload();
