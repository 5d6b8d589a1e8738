import { readFileSync } from "node:fs";
import { type ChildServer, startServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { LoadClient } from "../rpc/load.ts";
import { summary } from "../statistics.ts";

/**
 * What traces cost a unary GetStatus: the same server without an SDK, with one that records a trace in a hundred, and with one
 * that records all. The client tells nothing of traces of its own. They take turns, round by round; beside the calls a
 * second, the CPU time of the server is counted, which others on the machine disturb less.
 */
const rounds = 15;
const callers = 64;
const roundMs = 1500;
const warmUpMs = 6000;

export async function telemetry(): Promise<void> {
  using off = await startTraced();
  using sampled = await startTraced("0.01");
  using all = await startTraced("1");
  const contenders = [
    new Contender("no SDK", off),
    new Contender("an SDK, 1 % recorded", sampled),
    new Contender("an SDK, all recorded", all),
  ];
  for (const { client } of contenders) await client.saturate(callers, warmUpMs);
  for (let round = 0; round < rounds; round++)
    for (const contender of rotated(contenders, round)) await contender.measure();
  console.log(`Unary GetStatus, ${callers} calls at a time`);
  console.table(contenders.map((contender) => contender.row(contenders)));
  for (const { client } of contenders) client[Symbol.dispose]();
}

/** A server whose SDK records such a share of all traces; unset: without one. */
function startTraced(share?: string): Promise<ChildServer> {
  const sdk = share === undefined ? [] : ["--import", `./bench/telemetry/sampled.ts?share=${share}`];
  return startServer(...sdk, "src/cli/jobctl.js", "serve", "--config", "bench/rpc/jobcontrol.config.ts");
}

class Contender {
  readonly name: string;
  readonly client: LoadClient;
  readonly rates: number[] = [];
  readonly cpu: number[] = [];
  readonly #server: ChildServer;

  constructor(name: string, server: ChildServer) {
    this.name = name;
    this.client = new LoadClient(server.address);
    this.#server = server;
  }

  async measure(): Promise<void> {
    const before = cpuMs(this.#server);
    const startedAt = performance.now();
    const rate = await this.client.saturate(callers, roundMs);
    const calls = (rate * (performance.now() - startedAt)) / 1000;
    this.rates.push(rate);
    this.cpu.push(((cpuMs(this.#server) - before) * 1000) / calls);
  }

  row([first]: readonly Contender[]): object {
    return {
      "": this.name,
      "calls a second": summary(this.rates),
      "of no SDK": first && summary(ratios(this.rates, first.rates), 3),
      "CPU of a call, µs": summary(this.cpu, 1),
      "CPU of no SDK": first && summary(ratios(this.cpu, first.cpu), 3),
    };
  }
}

/** What the server has used so far, all of its threads together. Linux tells it in hundredths of a second. */
function cpuMs({ process }: ChildServer): number {
  const text = readFileSync(`/proc/${process.pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

if (import.meta.main) await telemetry();
