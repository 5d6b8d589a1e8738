import { startJobControl, startServer } from "../child-server.ts";
import { ratios, rotated } from "../rounds.ts";
import { LoadClient } from "../rpc/load.ts";
import { summary } from "../statistics.ts";
import { HttpLoad } from "./http-load.ts";
import { webWatchers } from "./web-watchers.ts";

/**
 * What the one port costs: gRPC through it beside gRPC on a port of its own, and Connect through all of jobcontrol beside
 * connect-node with a handler that does nothing. Each server has a process of its own; they take turns, round by round.
 */
const rounds = 21;
const callers = 64;
const roundMs = 1000;
const warmUpMs = 4000;

export async function doors(): Promise<void> {
  using plain = await startServer("bench/doors/servers/grpc.ts");
  using shared = await startServer("bench/doors/servers/grpc.ts", "--shared");
  using plainClient = new LoadClient(plain.address);
  using sharedClient = new LoadClient(shared.address);
  await compare(`gRPC, GetStatus, ${callers} calls at a time`, [
    contender("on a port of its own", (ms) => plainClient.saturate(callers, ms)),
    contender("through the one port", (ms) => sharedClient.saturate(callers, ms)),
  ]);

  using bare = await startServer("bench/doors/servers/connect-node.ts");
  using jobcontrol = await startJobControl("bench/rpc/jobcontrol.config.ts");
  for (const format of ["json", "binary"] as const) {
    using bareLoad = await HttpLoad.open(bare.address, format, callers);
    using load = await HttpLoad.open(jobcontrol.address, format, callers);
    await compare(`Connect, ${format}, GetStatus on ${callers} connections`, [
      contender("connect-node, bare handler", (ms) => bareLoad.saturate(ms)),
      contender("jobcontrol", (ms) => load.saturate(ms)),
    ]);
  }
  await webWatchers();
}

interface Contender {
  readonly name: string;
  readonly saturate: (durationMs: number) => Promise<number>;
  readonly rates: number[];
}

function contender(name: string, saturate: Contender["saturate"]): Contender {
  return { name, saturate, rates: [] };
}

async function compare(title: string, contenders: readonly Contender[]): Promise<void> {
  for (const { saturate } of contenders) await saturate(warmUpMs);
  for (let round = 0; round < rounds; round++) {
    for (const { saturate, rates } of rotated(contenders, round)) rates.push(await saturate(roundMs));
  }
  const [reference] = contenders;
  console.log(title);
  console.table(
    contenders.map(({ name, rates }) => ({
      "": name,
      "calls a second": summary(rates),
      "of the first": summary(ratios(rates, reference?.rates ?? []), 2),
    })),
  );
}

if (import.meta.main) await doors();
