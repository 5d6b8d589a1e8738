import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type ChildServer, startServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { LoadClient } from "../rpc/load.ts";
import { summary } from "../statistics.ts";
import { useSdk } from "./sdk.ts";
import { nanosecondsOfTheWay } from "./way-of-a-call.ts";

/**
 * What traces cost a unary GetStatus: without an SDK, with one that records a trace in a hundred, and with one that records
 * all. It is one server, whose SDK is changed between the rounds: two processes of the same program differ by more than
 * is to be measured. Beside the calls a second, its CPU time is counted over all rounds.
 */
const rounds = 81;
const callers = 64;
const roundMs = 500;
const warmUpMs = 4000;
/** The first calls after a change are not what is measured. */
const settleMs = 200;

export async function telemetry(): Promise<void> {
  using server = await startServer("bench/telemetry/servers/switched.ts");
  using client = new LoadClient(server.address);
  const modes = [
    new Mode("no SDK", undefined),
    new Mode("an SDK, 1 % recorded", 0.01),
    new Mode("an SDK, all recorded", 1),
    new Mode("no SDK, again", undefined),
  ];
  for (const mode of modes) await mode.measure(server, client, warmUpMs);
  for (const mode of modes) mode.forget();
  for (let round = 0; round < rounds; round++)
    for (const mode of rotated(modes, round)) await mode.measure(server, client, roundMs);
  console.log(`Unary GetStatus, ${callers} calls at a time`);
  console.table(modes.map((mode) => mode.row(modes)));
}

class Mode {
  readonly name: string;
  readonly share: number | undefined;
  readonly rates: number[] = [];
  #calls = 0;
  #cpuMs = 0;

  constructor(name: string, share: number | undefined) {
    this.name = name;
    this.share = share;
  }

  get cpuOfACall(): number {
    return (this.#cpuMs * 1000) / this.#calls;
  }

  async measure(server: ChildServer, client: LoadClient, durationMs: number): Promise<void> {
    server.process.send?.(this.share ?? "none");
    await once(server.process, "message");
    await client.saturate(callers, settleMs);
    const before = cpuMs(server);
    const startedAt = performance.now();
    const rate = await client.saturate(callers, durationMs);
    this.#calls += (rate * (performance.now() - startedAt)) / 1000;
    this.#cpuMs += cpuMs(server) - before;
    this.rates.push(rate);
  }

  forget(): void {
    this.rates.length = 0;
    this.#calls = 0;
    this.#cpuMs = 0;
  }

  row([first]: readonly Mode[]): object {
    useSdk(this.share);
    return {
      "": this.name,
      "calls a second": summary(this.rates),
      "of no SDK": first && summary(ratios(this.rates, first.rates), 3),
      "CPU of a call, µs": this.cpuOfACall.toFixed(1),
      "CPU of no SDK": first && (this.cpuOfACall / first.cpuOfACall).toFixed(3),
      "tracing alone, ns": nanosecondsOfTheWay().toFixed(0),
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
