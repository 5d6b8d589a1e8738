import { createJobControlClient } from "../../src/client/index.ts";
import { asDeployed, type ChildServer, startJobControl, startServer } from "../child-server.ts";
import { busyJobs } from "./busy-jobs.ts";

/** jobcontrol with its jobs under way, ready to be watched. */
export async function startWatchServer(): Promise<ChildServer> {
  const server = await startJobControl("bench/watch/jobcontrol.config.ts", ...asDeployed);
  using client = createJobControlClient(server);
  for (const jobId of ["report", ...busyJobs]) await client.jobs.start({ jobId });
  return server;
}

/** The bare server; at each change it sends `message` to every watcher. */
export function startBareServer(message: Buffer): Promise<ChildServer> {
  return startServer("bench/watch/servers/bare.ts", `--message=${message.toString("base64")}`);
}
