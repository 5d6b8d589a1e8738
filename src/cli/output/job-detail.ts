import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { progressText } from "./describe-job.ts";
import { plain } from "./style.ts";
import { relative } from "./times.ts";

/** What there is to say of a job in a line of a list: how far it is, or its message and when it ran or will run. */
export function jobDetail({ state, message, currentRun, nextRunTime, lastExecutionTime }: JobStatus): string {
  if (state === JobState.RUNNING && currentRun?.progress) return progressText(currentRun.progress);
  const when = state === JobState.SCHEDULED ? `next ${relative(nextRunTime)}` : relative(lastExecutionTime);
  return [plain(message), when === "" ? "" : `· ${when}`].join(" ").trim();
}
