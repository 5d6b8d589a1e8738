import { readFileSync } from "node:fs";
import { type ChildServer, startServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { LoadClient } from "../rpc/load.ts";
import { summary } from "../statistics.ts";
import { useSdk } from "./sdk.ts";
import { nanosecondsOfCounting, nanosecondsOfTracing } from "./way-of-a-call.ts";

/**
 * What traces and metrics cost a unary GetStatus: a server without an SDK, one whose SDK records a trace in a hundred, and one whose SDK
 * records all. They take turns in short rounds. Two processes of the same program differ by more than is to be measured, so
 * it is done again with servers anew, and one more that has no SDK either says how much they differ. Beside the calls a
 * second, the CPU time of the servers is counted.
 */
const repetitions = 5;
const rounds = 16;
const callers = 64;
const roundMs = 500;
const warmUpMs = 8000;

export async function telemetry(): Promise<void> {
  const modes = [
    new Mode("no SDK", undefined),
    new Mode("an SDK, 1 % recorded", 0.01),
    new Mode("an SDK, all recorded", 1),
    new Mode("no SDK either", undefined),
  ];
  for (let repetition = 0; repetition < repetitions; repetition++) await measureAnew(modes);
  console.log(`Unary GetStatus, ${callers} calls at a time`);
  console.table(modes.map((mode) => mode.row(modes)));
  console.log(`Counting for the metrics, alone: ${nanosecondsOfCounting().toFixed(0)} ns`);
}

class Mode {
  readonly name: string;
  readonly share: number | undefined;
  /** Calls a second, of each repetition. */
  readonly rates: number[] = [];
  /** Of a call, in microseconds, of each repetition. */
  readonly cpu: number[] = [];

  constructor(name: string, share: number | undefined) {
    this.name = name;
    this.share = share;
  }

  row([first]: readonly Mode[]): object {
    useSdk(this.share);
    return {
      "": this.name,
      "calls a second": summary(this.rates),
      "of no SDK": first && summary(ratios(this.rates, first.rates), 3),
      "CPU of a call, µs": summary(this.cpu, 1),
      "CPU of no SDK": first && summary(ratios(this.cpu, first.cpu), 3),
      "tracing alone, ns": nanosecondsOfTracing().toFixed(0),
    };
  }
}

async function measureAnew(modes: readonly Mode[]): Promise<void> {
  using stack = new DisposableStack();
  const subjects: Subject[] = [];
  for (const mode of modes) {
    const args = mode.share === undefined ? [] : [String(mode.share)];
    const server = stack.use(await startServer("bench/telemetry/servers/traced.ts", ...args));
    subjects.push(new Subject(mode, server, stack.use(new LoadClient(server.address))));
  }
  for (const { client } of subjects) await client.saturate(callers, warmUpMs);
  for (let round = 0; round < rounds; round++)
    for (const subject of rotated(subjects, round)) await subject.measure();
  for (const subject of subjects) subject.end();
}

/** One server of a mode. */
class Subject {
  readonly client: LoadClient;
  readonly #mode: Mode;
  readonly #server: ChildServer;
  #calls = 0;
  #tookMs = 0;
  #cpuMs = 0;

  constructor(mode: Mode, server: ChildServer, client: LoadClient) {
    this.#mode = mode;
    this.#server = server;
    this.client = client;
  }

  async measure(): Promise<void> {
    const before = cpuMs(this.#server);
    const startedAt = performance.now();
    const rate = await this.client.saturate(callers, roundMs);
    const tookMs = performance.now() - startedAt;
    this.#calls += (rate * tookMs) / 1000;
    this.#tookMs += tookMs;
    this.#cpuMs += cpuMs(this.#server) - before;
  }

  end(): void {
    this.#mode.rates.push((this.#calls * 1000) / this.#tookMs);
    this.#mode.cpu.push((this.#cpuMs * 1000) / this.#calls);
  }
}

/** What the server has used so far, all of its threads together. Linux tells it in hundredths of a second. */
function cpuMs({ process }: ChildServer): number {
  const text = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

if (import.meta.main) await telemetry();
