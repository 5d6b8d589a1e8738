import { equals } from "@bufbuild/protobuf";
import { type JobStatus, JobStatusSchema } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { Outcome } from "../../../src/job/settlement.ts";
import { toJobStatus } from "../../../src/rpc/status-codec.ts";
import type { Evidence, Fault, Heard } from "./evidence.ts";

/** Judges what was answered by what the store holds in the end. It knows nothing of servers and kills. */
export function judgeAnswers(evidence: Evidence): readonly Fault[] {
  return [
    ...judgePresence(evidence),
    ...judgeOrder(evidence),
    ...judgeRefusals(evidence),
    ...judgeReplays(evidence),
    ...judgeReceipts(evidence),
  ];
}

function judgePresence({ heard, reads, jobs, history }: Evidence): Fault[] {
  const faults: Fault[] = [];
  const compare = (about: string, status: JobStatus) => {
    const kept = history.at(Number(status.revision));
    if (kept !== undefined && equals(JobStatusSchema, status, toJobStatus(kept.status))) return;
    faults.push({ rule: "present", about, found: `not as it was told at revision ${status.revision}` });
  };
  for (const one of heard)
    if (one.told.kind === "answered" && one.told.status !== undefined) compare(nameOf(one), one.told.status);
  for (const { jobId, status } of reads) if (status !== undefined) compare(`read of ${jobId}`, status);
  for (const status of jobs) compare(`list: ${status.jobId}`, status);
  const last = history.jobsAt(history.revision);
  const wanted = last.map(({ jobId, revision }) => `${jobId} at ${revision}`).join(", ");
  const listed = jobs.map(({ jobId, revision }) => `${jobId} at ${revision}`).join(", ");
  if (wanted !== listed) faults.push({ rule: "present", about: `list: ${wanted}`, found: listed });
  return faults;
}

/** Whoever was answered before a request was first sent is not ahead of its answer. No job is removed meanwhile. */
function judgeOrder({ heard, reads }: Evidence): Fault[] {
  const sights: Sight[] = [
    ...heard.flatMap((one) => sightOf(one) ?? []),
    ...reads.map(({ status, ...asked }) => {
      const revision = Number(status?.revision ?? 0n);
      return { about: `read of ${asked.jobId}`, ...asked, revision, isApplied: false };
    }),
  ];
  const bySending = sights.toSorted((a, b) => a.sentAt - b.sentAt);
  const byHearing = sights.toSorted((a, b) => a.heardAt - b.heardAt);
  const newest = new Map<string, number>();
  let newestOfAll = 0;
  let heardSoFar = 0;
  return bySending.flatMap(({ about, jobId, revision, sentAt, isApplied }): Fault[] => {
    for (let next = byHearing[heardSoFar]; next !== undefined && next.heardAt < sentAt; ) {
      newest.set(next.jobId, Math.max(next.revision, newest.get(next.jobId) ?? 0));
      newestOfAll = Math.max(next.revision, newestOfAll);
      next = byHearing[++heardSoFar];
    }
    const least = isApplied ? newestOfAll + 1 : (newest.get(jobId) ?? 0);
    if (revision >= least) return [];
    return [{ rule: "ordered", about, found: `revision ${revision}, not ${least} or later` }];
  });
}

interface Sight {
  readonly about: string;
  readonly jobId: string;
  /** 0: there was no such job. */
  readonly revision: number;
  readonly sentAt: number;
  readonly heardAt: number;
  readonly isApplied: boolean;
}

function sightOf(one: Heard): Sight | undefined {
  const { order, sentAt, heardAt, told } = one;
  const seen = { about: nameOf(one), jobId: order.jobId, sentAt, heardAt };
  if (told.kind === "refused")
    return told.reason === "JOB_NOT_FOUND" ? { ...seen, revision: 0, isApplied: false } : undefined;
  if (told.status === undefined) return undefined;
  const isApplied = told.outcome === "applied" && tellsRevision(one);
  return { ...seen, revision: Number(told.status.revision), isApplied };
}

function judgeRefusals({ heard }: Evidence): Fault[] {
  const stops = heard.filter(({ order }) => order.kind === "stop");
  return heard.flatMap((one): Fault[] => {
    const { told } = one;
    if (told.kind === "refused" && refusals[told.reason] === undefined)
      return [{ rule: "refused", about: nameOf(one), found: told.reason }];
    if (!isSuperseded(told) || stops.some((stop) => mayOvertake(stop, one))) return [];
    return [{ rule: "refused", about: nameOf(one), found: "superseded by no Stop" }];
  });
}

/** It took effect after the Start was sent, and before that was answered, or can have done so. */
function mayOvertake({ order, sentAt, heardAt, told }: Heard, start: Heard): boolean {
  if (order.jobId !== start.order.jobId || sentAt > start.heardAt) return false;
  if (told.kind === "refused") return told.reason === "JOB_NOT_FOUND" && heardAt > start.sentAt;
  return told.outcome === "accepted" || heardAt > start.sentAt;
}

function isSuperseded(told: Heard["told"]): boolean {
  return told.kind === "refused" ? told.reason === "COMMAND_SUPERSEDED" : told.outcome === "superseded";
}

function judgeReplays({ heard }: Evidence): Fault[] {
  const first = new Map<string, Heard>();
  return heard.flatMap((one): Fault[] => {
    const before = first.get(one.requestId);
    if (before === undefined) first.set(one.requestId, one);
    if (before === undefined || isSameAnswer(before, one)) return [];
    return [{ rule: "replayed", about: nameOf(one), found: `${brief(one)} after ${brief(before)}` }];
  });
}

function isSameAnswer(first: Heard, again: Heard): boolean {
  if (first.told.kind !== "answered" || again.told.kind !== "answered") return brief(first) === brief(again);
  const { told } = again;
  if (!told.replayed || told.commandId !== first.told.commandId) return false;
  // The job goes on after it was told that the command waits, or that it stops.
  if (!tellsRevision(first)) return first.told.outcome === "accepted" || told.outcome === first.told.outcome;
  return (
    told.outcome === first.told.outcome && told.runId === first.told.runId && hasSameStatus(first, again)
  );
}

function hasSameStatus(first: Heard, again: Heard): boolean {
  const [before, now] = [first, again].map(({ told }) =>
    told.kind === "answered" ? told.status : undefined,
  );
  return before !== undefined && now !== undefined && equals(JobStatusSchema, before, now);
}

function judgeReceipts({ heard, receipts }: Evidence): Fault[] {
  return heard.flatMap((one): Fault[] => {
    const found = receipts.get(one.requestId);
    if (agrees(one, found)) return [];
    return [{ rule: "replayed", about: nameOf(one), found: `GetCommand: ${found?.outcome ?? "nothing"}` }];
  });
}

function agrees({ told }: Heard, found: ReturnType<Evidence["receipts"]["get"]>): boolean {
  // It is committed before it is told. A request id that it sets free is not used again.
  if (told.kind === "refused") return found?.outcome === refusals[told.reason];
  if (found?.commandId !== told.commandId) return false;
  return told.outcome === "accepted" ? found.outcome !== "accepted" : found.outcome === told.outcome;
}

/** Why a request may be refused, and what GetCommand calls that. */
const refusals: Readonly<Record<string, Outcome>> = {
  WRONG_STATE: "rejected",
  JOB_RUNNING: "rejected",
  JOB_NOT_FOUND: "rejected",
  COMMAND_SUPERSEDED: "superseded",
};

/** True where the status of an answer is the job as the command left it. */
export function tellsRevision({ order, told }: Heard): boolean {
  if (order.replyMode === "applied") return !order.wait;
  return told.kind === "answered" && told.outcome === "applied";
}

export function nameOf({ requestId, order }: Heard): string {
  return `${requestId}: ${order.kind} ${order.jobId}`;
}

function brief({ told }: Heard): string {
  if (told.kind === "refused") return told.reason;
  return `${told.outcome} ${told.commandId}, revision ${told.status?.revision}, replayed ${told.replayed}`;
}
