import type { WatchOutputResponse } from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { OutputLine_Source as Source } from "../../../gen/jobcontrol/v1/output_pb.ts";
import { dim, plain } from "./style.ts";
import { clockTime } from "./times.ts";

/** Lines of output as a person reads them: `12:00:01  stdout  text`, and how many are missing where some are. */
export function outputText({ lines, dropped }: WatchOutputResponse): string[] {
  const lost = dropped > 0n ? [dim(`${dropped} line${dropped === 1n ? "" : "s"} lost`)] : [];
  const told = lines.map(
    ({ time, source, text }) =>
      `${dim(`${clockTime(time)}  ${sourceNames[source]}`)}  ${plainWithTabs(text)}`,
  );
  return [...lost, ...told];
}

const sourceNames: Readonly<Record<Source, string>> = {
  [Source.UNSPECIFIED]: "?     ",
  [Source.LOG]: "log   ",
  [Source.STDOUT]: "stdout",
  [Source.STDERR]: "stderr",
};

/** Tabs are harmless, and columns need them. */
function plainWithTabs(text: string): string {
  return text.split("\t").map(plain).join("\t");
}
