import type { CommandReceipt } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { describeWaits, factLines, outcomeName } from "./describe-job.ts";
import { plain, styled } from "./style.ts";
import { relative } from "./times.ts";

/** What became of a command, in a few lines, one fact each. */
export function describeCommand(receipt: CommandReceipt): string {
  const { commandId, requestId, outcome, acceptTime, applyTime } = receipt;
  const facts = factLines([
    ["request", plain(requestId)],
    ["accepted", relative(acceptTime)],
    ["applied", relative(applyTime)],
    ["waited", describeWaits(receipt)],
  ]);
  return [`${styled("bold", commandId)}  ${outcomeName(outcome)}`, ...facts].join("\n");
}
