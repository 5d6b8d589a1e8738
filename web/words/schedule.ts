import { Schedule_OverlapPolicy as Overlap, type Schedule } from "../../gen/jobcontrol/v1/schedule_pb.ts";
import { inWords, lengthOf } from "./time.ts";

/** `every 5 s, left out while a run goes on`; `cron 0 2 * * * (Europe/Madrid), …`. */
export function scheduleInWords(schedule: Schedule): string {
  const { catchUpWindow, jitter, overlapPolicy } = schedule;
  const parts = [times(schedule), overlaps[overlapPolicy] ?? overlaps[Overlap.SKIP]];
  if (lengthOf(jitter) > 0) parts.push(`up to ${inWords(lengthOf(jitter))} later`);
  if (lengthOf(catchUpWindow) > 0) parts.push(`made up for within ${inWords(lengthOf(catchUpWindow))}`);
  return parts.join(", ");
}

function times({ when, timeZone }: Schedule): string {
  if (when.case === "interval") return `every ${inWords(lengthOf(when.value))}`;
  return when.case === "cron" ? `cron ${when.value} (${timeZone || "UTC"})` : "never";
}

const overlaps: Partial<Record<Overlap, string>> = {
  [Overlap.SKIP]: "left out while a run goes on",
  [Overlap.BUFFER_ONE]: "one run waits while another goes on",
  [Overlap.CANCEL_RUNNING]: "stops the run before it",
};
