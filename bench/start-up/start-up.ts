import { startJobControl } from "../child-server.ts";
import { summary } from "../statistics.ts";

/** From `jobctl serve` to its ready line, as a user waits for it: in a new process each time. */
const starts = 15;

export async function startUp(): Promise<void> {
  const times: number[] = [];
  for (let start = 0; start < starts; start++) {
    using server = await startJobControl("bench/rpc/jobcontrol.config.ts");
    times.push(server.startMs);
  }
  console.log(`From jobctl serve to the ready line, ms: ${summary(times)}`);
}

if (import.meta.main) await startUp();
