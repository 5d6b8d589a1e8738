import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { DrainResponseSchema } from "../../../gen/jobcontrol/v1/admin_service_pb.ts";
import { type ConnectionOptions, milliseconds, patienceMs, withClient } from "../connection.ts";
import { print, printJson } from "../output/print.ts";

export interface DrainOptions extends ConnectionOptions {
  readonly json?: boolean;
  /** A duration. Unset: as the server is configured. */
  readonly deadline?: string;
  readonly reason?: string;
}

/** Shuts the server down in order, and tells what became of the commands that waited. */
export async function drain(options: DrainOptions): Promise<void> {
  const { json = false, deadline, reason = "" } = options;
  await withClient(options, async (client) => {
    const request = {
      reason,
      ...(deadline !== undefined && { deadline: durationFromMs(milliseconds("--deadline", deadline)) }),
    };
    // It takes as long as the commands in the queue take; the server's own deadline bounds that.
    const response = await client.admin.drain(request, { timeoutMs: patienceMs(options) });
    if (json) return printJson(DrainResponseSchema, response);
    print(`Drained: ${response.applied} applied, ${response.refused} refused; the server ends with its runs`);
  });
}
