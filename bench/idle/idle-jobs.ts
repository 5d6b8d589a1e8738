import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { JobControlClient } from "../../src/client/index.ts";

/** Jobs that wait for the one that runs, and jobs that wait for their time: half of these on an interval, half by cron. */
export const jobsThatWait = 10_000;
export const timers = 1_000;

const callers = 50;

/** Starts them all, and sees to it that they wait as they should. */
export async function fill(client: JobControlClient): Promise<void> {
  await start(client, "queued", 1 + jobsThatWait);
  await start(client, "hourly", timers / 2);
  await start(client, "yearly", timers / 2);
  for (;;) {
    const pending = await count(client, "queued", JobState.PENDING);
    const hourly = await count(client, "hourly", JobState.SCHEDULED);
    const yearly = await count(client, "yearly", JobState.SCHEDULED);
    if (pending === jobsThatWait && hourly + yearly === timers) return;
  }
}

async function start(client: JobControlClient, jobType: string, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, number) => `${jobType}-${number}`).values();
  const call = async () => {
    for (const jobId of names) await client.jobs.start({ jobId, jobType });
  };
  await Promise.all(Array.from({ length: callers }, call));
}

async function count(client: JobControlClient, jobType: string, state: JobState): Promise<number> {
  let found = 0;
  let pageToken = "";
  do {
    const page = await client.jobs.listJobs({ jobType, states: [state], pageSize: 1000, pageToken });
    found += page.jobs.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return found;
}
