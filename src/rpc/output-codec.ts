import type { Timestamp } from "@bufbuild/protobuf/wkt";
import type { WatchOutputResponse } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { OutputLine } from "../../gen/jobcontrol/v1/output_pb.ts";
import type { OutputBatch } from "../control/output/output.ts";
import { outputSourceNumbers } from "./enum-codec.ts";
import { share } from "./shared-messages.ts";
import { toTimestamp } from "./time-codec.ts";

const responses = new WeakMap<OutputBatch, WatchOutputResponse>();

/** Lines of output. Those that many readers get at once are one message, and one run of bytes, for them all. */
export function toWatchOutputResponse(batch: OutputBatch): WatchOutputResponse {
  const known = responses.get(batch);
  if (known !== undefined) return known;
  const made = share<WatchOutputResponse>({
    $typeName: "jobcontrol.v1.WatchOutputResponse",
    lines: toLines(batch),
    dropped: BigInt(batch.dropped),
    nextLine: BigInt(batch.nextLine),
  });
  responses.set(batch, made);
  return made;
}

/** Most lines were taken in together with the one before, and share its time. */
function toLines({ lines }: OutputBatch): OutputLine[] {
  let lastMs: number | undefined;
  let time: Timestamp | undefined;
  return lines.map(({ timeMs, source, text, runId }) => {
    if (time === undefined || timeMs !== lastMs) time = toTimestamp(timeMs);
    lastMs = timeMs;
    return {
      $typeName: "jobcontrol.v1.OutputLine",
      time,
      source: outputSourceNumbers[source],
      text,
      runId,
    };
  });
}
