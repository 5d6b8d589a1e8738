import { createConnectTransport } from "@connectrpc/connect-web";
import * as jobcontrol from "jobcontrol/client";
import { JobState, WatchStatusRequest_Until as Until } from "jobcontrol/gen";

/** What a page of somebody else would do: it is bundled for a browser, with nothing of Node. */
export async function seenFrom(baseUrl: string): Promise<readonly string[]> {
  const client = jobcontrol.createClientOn(createConnectTransport({ baseUrl }));
  const { status } = await client.start({ jobId: "sum", input: { numbers: [1, 2] } }, { wait: true });
  const seen = [status?.state === JobState.SUCCEEDED ? "SUCCEEDED" : "not yet"];
  for await (const message of client.watchStatus({ jobIds: ["sum"], until: Until.ALL_SETTLED })) {
    if (message.status !== undefined) seen.push(message.status.jobId);
  }
  const refused: unknown = await client.stop({ jobId: "nobody" }).catch((error: unknown) => error);
  if (refused instanceof jobcontrol.CallError) seen.push(refused.reason);
  return seen;
}

export const exported: readonly string[] = Object.keys(jobcontrol);
