import { startJobControl, startServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { median, quantile, summary } from "../statistics.ts";
import { LoadClient } from "./load.ts";

/**
 * A unary GetStatus through the whole of jobcontrol (controller, engine, bucket, consumer) beside a bare grpc-js
 * handler that answers the same message. Each server has a process of its own; they take turns, round by round.
 */
const rounds = 9;
const callers = 64;
const roundMs = 1500;
/** Until the JIT has seen all of a server, the larger one is at a disadvantage that it has only once. */
const warmUpMs = 6000;

export async function unary(): Promise<void> {
  using bare = await startServer("bench/rpc/servers/bare.ts");
  using encoded = await startServer("bench/rpc/servers/bare.ts", "--encoded");
  using jobcontrol = await startJobControl("bench/rpc/jobcontrol.config.ts");
  const contenders = [
    new Contender("bare grpc-js", bare.address),
    new Contender("bare grpc-js, encoded ahead", encoded.address),
    new Contender("jobcontrol", jobcontrol.address),
  ];
  for (const { client } of contenders) await client.saturate(callers, warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const { client, rates } of rotated(contenders, round))
      rates.push(await client.saturate(callers, roundMs));
  }
  const [reference] = contenders;
  const halfLoad = median(reference?.rates ?? []) / 2;
  for (let round = 0; round < rounds; round++) {
    for (const { client, p99s } of rotated(contenders, round))
      p99s.push(quantile(await client.pace(halfLoad, roundMs), 0.99));
  }
  console.log(
    `Unary GetStatus, ${callers} calls at a time; then ${Math.round(halfLoad)} a second (half load)`,
  );
  console.table(contenders.map((contender) => contender.row(contenders)));
  for (const { client } of contenders) client[Symbol.dispose]();
}

class Contender {
  readonly name: string;
  readonly client: LoadClient;
  readonly rates: number[] = [];
  readonly p99s: number[] = [];

  constructor(name: string, address: string) {
    this.name = name;
    this.client = new LoadClient(address);
  }

  row([bare]: readonly Contender[]): object {
    return {
      "": this.name,
      "calls a second": summary(this.rates),
      "of bare": bare && summary(ratios(this.rates, bare.rates), 2),
      "p99 at half load, ms": summary(this.p99s, 2),
      "p99 of bare": bare && summary(ratios(this.p99s, bare.p99s), 2),
    };
  }
}

if (import.meta.main) await unary();
