import { equals } from "@bufbuild/protobuf";
import { type JobStatus, JobStatusSchema } from "../../../gen/jobcontrol/v1/job_pb.ts";
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
  for (const { status } of reads) compare(`read of ${status.jobId}`, status);
  for (const status of jobs) compare(`list: ${status.jobId}`, status);
  const last = history.jobsAt(history.revision);
  const wanted = last.map(({ jobId, revision }) => `${jobId} at ${revision}`).join(", ");
  const listed = jobs.map(({ jobId, revision }) => `${jobId} at ${revision}`).join(", ");
  if (wanted !== listed) faults.push({ rule: "present", about: `list: ${wanted}`, found: listed });
  return faults;
}

/** Whoever was answered before a request was first sent is not ahead of its answer. */
function judgeOrder({ heard, reads }: Evidence): Fault[] {
  const sights: Sight[] = [
    ...heard.flatMap((one) => (one.told.kind === "answered" ? (sightOf(one, one.told) ?? []) : [])),
    ...reads.map(({ status, ...moments }) => ({ about: "read", status, ...moments, isApplied: false })),
  ];
  const bySending = sights.toSorted((a, b) => a.sentAt - b.sentAt);
  const byHearing = sights.toSorted((a, b) => a.heardAt - b.heardAt);
  const newest = new Map<string, number>();
  let newestOfAll = 0;
  let heardSoFar = 0;
  return bySending.flatMap(({ about, status, sentAt, isApplied }): Fault[] => {
    for (let next = byHearing[heardSoFar]; next !== undefined && next.heardAt < sentAt; ) {
      const revision = Number(next.status.revision);
      newest.set(next.status.jobId, Math.max(revision, newest.get(next.status.jobId) ?? 0));
      newestOfAll = Math.max(revision, newestOfAll);
      next = byHearing[++heardSoFar];
    }
    const least = isApplied ? newestOfAll + 1 : (newest.get(status.jobId) ?? 0);
    if (Number(status.revision) >= least) return [];
    return [{ rule: "ordered", about, found: `revision ${status.revision}, not ${least} or later` }];
  });
}

interface Sight {
  readonly about: string;
  readonly status: JobStatus;
  readonly sentAt: number;
  readonly heardAt: number;
  readonly isApplied: boolean;
}

function sightOf(one: Heard, told: Extract<Heard["told"], { kind: "answered" }>): Sight | undefined {
  if (told.status === undefined) return undefined;
  const { sentAt, heardAt } = one;
  const isApplied = told.outcome === "applied" && tellsRevision(one);
  return { about: nameOf(one), status: told.status, sentAt, heardAt, isApplied };
}

function judgeRefusals({ heard }: Evidence): Fault[] {
  return heard.flatMap((one): Fault[] => {
    const { told } = one;
    if (told.kind === "answered" || told.reason === "COMMAND_SUPERSEDED" || isRejected(told)) return [];
    return [{ rule: "refused", about: nameOf(one), found: told.reason }];
  });
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
  // Of a refusal that frees its request id, a kill may take the receipt with it.
  if (told.kind === "refused") return !isRejected(told) || found?.outcome === "rejected";
  if (found?.commandId !== told.commandId) return false;
  return told.outcome === "accepted" ? found.outcome !== "accepted" : found.outcome === told.outcome;
}

/** Refused for good, with an answer that replays. */
function isRejected({ reason }: Extract<Heard["told"], { kind: "refused" }>): boolean {
  return reason === "WRONG_STATE" || reason === "JOB_RUNNING" || reason === "JOB_NOT_FOUND";
}

/** True where the status of an answer is the job as the command left it. */
export function tellsRevision({ order }: Heard): boolean {
  return order.replyMode === "applied" && !order.wait;
}

export function nameOf({ requestId, order }: Heard): string {
  return `${requestId}: ${order.kind} ${order.jobId}`;
}

function brief({ told }: Heard): string {
  if (told.kind === "refused") return told.reason;
  return `${told.outcome} ${told.commandId}, revision ${told.status?.revision}, replayed ${told.replayed}`;
}
