import { book, tellSoon } from "../live.ts";
import { jobControl } from "../service.ts";

/**
 * Reads the past runs of the jobs that are in sight, for their sparklines: each job's once, two at a time, and none
 * that has left the screen before its turn. From then on the watch keeps them up to date.
 */
export function wantHistory(jobIds: readonly string[]): void {
  wanted = jobIds.filter(lacksHistory);
  clearTimeout(timer);
  timer = setTimeout(() => {
    while (reading < atOnce && wanted.length > 0) void readOn();
  }, settleMs);
}

let wanted: string[] = [];
let reading = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function lacksHistory(jobId: string): boolean {
  const job = book.get(jobId);
  return job !== undefined && !job.hasHistory && job.status.executionCount > 1n;
}

async function readOn(): Promise<void> {
  reading++;
  for (let jobId = wanted.shift(); jobId !== undefined; jobId = wanted.shift()) {
    try {
      const { runs } = await jobControl.listRuns({ jobId, pageSize: 20 }, { timeoutMs: 5000 });
      book.addRuns(jobId, runs);
      tellSoon();
    } catch {
      // It has no sparkline then but that of the runs that are seen to end. It is wanted again when it is seen again.
    }
  }
  reading--;
}

const atOnce = 2;
/** Who scrolls by does not want them all. */
const settleMs = 150;
