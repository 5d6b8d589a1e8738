import { describe, expect, it } from "vitest";
import type { JobStatus as JobStatusMessage } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { type Change, createJob, etagOf } from "../../../src/job/job.ts";
import type { JobStatus, RunStatus } from "../../../src/job/job-status.ts";
import type { Outcome } from "../../../src/job/settlement.ts";
import { toJobStatus } from "../../../src/rpc/status-codec.ts";
import { JobHistory } from "../../../src/testing/job-history.ts";
import type { Evidence, Fault, Heard, Order, Told } from "./evidence.ts";
import { judgeAnswers } from "./judge-answers.ts";
import { judgeEffects } from "./judge-effects.ts";
import { judgeRuns } from "./judge-runs.ts";
import { Notebook } from "./notebook.ts";
import { sideBySideExitCode } from "./traces.ts";

type Step = Partial<JobStatus> & Pick<JobStatus, "jobId" | "state"> & { readonly commands: number };

const run = (runId: string, state: RunStatus["state"], more: Partial<RunStatus> = {}): RunStatus => ({
  runId,
  state,
  attempt: 1,
  maxAttempts: 1,
  startTimeMs: 0,
  ...more,
});

/** A job that does its work twice, and one that is made up for after a kill, and is stopped then. */
const steps: readonly Step[] = [
  { jobId: "a", state: "running", commands: 1, executionCount: 1, currentRun: run("a1", "running") },
  { jobId: "a", state: "succeeded", commands: 1, executionCount: 1, currentRun: run("a1", "succeeded") },
  { jobId: "b", state: "running", commands: 1, executionCount: 1, currentRun: run("b1", "running") },
  { jobId: "b", state: "running", commands: 1, executionCount: 2, currentRun: run("b2", "running") },
  { jobId: "b", state: "stopping", commands: 2, executionCount: 2, currentRun: run("b2", "stopping") },
  { jobId: "b", state: "stopped", commands: 2, executionCount: 2, currentRun: run("b2", "stopped") },
  { jobId: "a", state: "running", commands: 2, executionCount: 2, currentRun: run("a2", "running") },
  { jobId: "a", state: "succeeded", commands: 2, executionCount: 2, currentRun: run("a2", "succeeded") },
];

function historyOf(changed: readonly Step[] = steps): JobHistory {
  return new JobHistory(
    changed.map(({ commands, ...step }, index): Change => {
      const { jobId } = step;
      const { status } = createJob({ jobId, jobType: `type-${jobId}`, uid: jobId, nowMs: 0 });
      const desiredState = commands === 2 && jobId === "b" ? ("stopped" as const) : ("running" as const);
      const revision = index + 1;
      const given = { desiredState, ...step, revision, etag: etagOf(jobId, commands) };
      return { revision, kind: "changed", status: { ...status, ...given }, progressOnly: false };
    }),
  );
}

/** The same history, but for one revision. */
function historyWith(revision: number, change: Partial<Step>): JobHistory {
  return historyOf(steps.map((step, index) => (index + 1 === revision ? { ...step, ...change } : step)));
}

const history = historyOf();

function statusAt(revision: number): JobStatusMessage {
  const change = history.at(revision);
  if (change === undefined) throw new RangeError(`No such revision: ${revision}`);
  return toJobStatus(change.status);
}

const order = {
  conflictPolicy: "fail",
  replyMode: "applied",
  wait: false,
  force: false,
  inputSize: 0,
} as const;

function heard(
  number: number,
  what: Partial<Order>,
  told: Partial<Extract<Told, { kind: "answered" }>>,
): Heard {
  const [requestId, commandId] = [`request-${number}`, `command-${number}`];
  const answered = { kind: "answered", outcome: "applied", commandId, replayed: false, runId: "" } as const;
  return {
    requestId,
    order: { kind: "start", jobId: "a", ...order, ...what },
    sentAt: 2 * number - 1,
    heardAt: 2 * number,
    told: { ...answered, status: undefined, ...told },
  };
}

const startA = heard(1, {}, { status: statusAt(1) });
const startB = heard(2, { jobId: "b" }, { status: statusAt(3) });
const stopB = heard(3, { kind: "stop", jobId: "b", wait: true }, { status: statusAt(6) });
const startAgain = heard(4, { replyMode: "accepted" }, { status: statusAt(2), outcome: "accepted" });
const told = [startA, startB, stopB, startAgain];

const evidence: Evidence = {
  heard: told,
  reads: [{ jobId: "b", sentAt: 7, heardAt: 8, status: statusAt(6) }],
  receipts: new Map(
    told.map(({ requestId }, index) => [
      requestId,
      { commandId: `command-${index + 1}`, outcome: "applied" },
    ]),
  ),
  jobs: [statusAt(8), statusAt(6)],
  runs: new Map([
    ["a", ["a2", "a1"]],
    ["b", ["b2", "b1"]],
  ]),
  begun: [
    { jobId: "a", runId: "a1" },
    { jobId: "b", runId: "b1" },
    { jobId: "b", runId: "b2" },
    { jobId: "a", runId: "a2" },
  ],
  history,
  kills: 1,
  restarts: new Set(["type-b"]),
  traced: new Set(["type-a", "type-b"]),
};

function judge(changed: Partial<Evidence> = {}): readonly Fault[] {
  const whole = { ...evidence, ...changed };
  return [...judgeAnswers(whole), ...judgeEffects(whole), ...judgeRuns(whole)];
}

function replaced(one: Heard, by: Heard): readonly Heard[] {
  return told.map((candidate) => (candidate === one ? by : candidate));
}

function refused(number: number, what: Partial<Order>, reason: string): Heard {
  return { ...heard(number, what, {}), told: { kind: "refused", reason } };
}

function again(one: Heard, more: Partial<Extract<Told, { kind: "answered" }>>): Heard {
  return { ...one, heardAt: 10, told: { ...one.told, ...more } as Told };
}

/** A request whose answer is of another. */
const third = heard(5, {}, { status: statusAt(1) });
/** A Start that came before a Stop and is told after it. */
const overtaken: Heard = { ...refused(5, { jobId: "b" }, "COMMAND_SUPERSEDED"), sentAt: stopB.sentAt - 1 };
const withReceipt = (number: number, outcome: Outcome) =>
  new Map([...evidence.receipts, [`request-${number}`, { commandId: `command-${number}`, outcome }]]);

type Case = readonly [name: string, rule: Fault["rule"], changed: Partial<Evidence>];

const broken: readonly Case[] = [
  ["an answer that the store does not hold", "present", { history: historyWith(1, { message: "Other" }) }],
  ["a revision that was answered and is gone", "present", { history: historyOf(steps.slice(0, 5)) }],
  ["a job that is not listed", "present", { jobs: [statusAt(8)] }],
  ["a job that is listed as it was", "present", { jobs: [statusAt(7), statusAt(6)] }],
  [
    "an answer without an effect",
    "once",
    {
      heard: [...told, heard(5, { kind: "stop" }, { status: statusAt(8) })],
      receipts: withReceipt(5, "applied"),
    },
  ],
  ["one effect for two requests", "once", { heard: [...told, third], receipts: withReceipt(5, "applied") }],
  ["a request that was done twice", "once", { heard: told.slice(0, 3) }],
  [
    "an accepted command that was never done",
    "once",
    {
      heard: [...told, heard(5, { replyMode: "accepted" }, { outcome: "accepted" })],
      receipts: withReceipt(5, "applied"),
    },
  ],
  [
    "an accepted command that is said to have taken effect where it did not",
    "once",
    {
      heard: [...told, again(startAgain, { status: statusAt(8), outcome: "applied", replayed: true })],
    },
  ],
  ["a job that nobody asked to stop", "once", { history: historyWith(8, { desiredState: "stopped" }) }],
  [
    "a read that went back",
    "ordered",
    { reads: [...evidence.reads, { jobId: "b", sentAt: 9, heardAt: 10, status: statusAt(5) }] },
  ],
  [
    "a job that is gone for who reads it",
    "ordered",
    { reads: [...evidence.reads, { jobId: "b", sentAt: 9, heardAt: 10, status: undefined }] },
  ],
  [
    "a job that is gone for who asks something of it",
    "ordered",
    { heard: [...told, refused(5, { kind: "pause" }, "JOB_NOT_FOUND")] },
  ],
  [
    "a command behind an answer of another job",
    "ordered",
    { heard: replaced(startB, { ...startB, sentAt: 9, heardAt: 10 }) },
  ],
  [
    "a refusal that a kill is no reason for",
    "refused",
    { heard: [...told, { ...third, told: { kind: "refused", reason: "STORE_UNAVAILABLE" } }] },
  ],
  ["a Start that no Stop overtook", "refused", { heard: [...told, refused(5, {}, "COMMAND_SUPERSEDED")] }],
  [
    "a Start that a Stop overtook before it was sent",
    "refused",
    { heard: [...told, refused(5, { jobId: "b" }, "COMMAND_SUPERSEDED")] },
  ],
  ["a Start that was overtaken, without its receipt", "replayed", { heard: [...told, overtaken] }],
  [
    "a repeated request that was a command again",
    "replayed",
    { heard: [...told, again(startA, { commandId: "command-9", replayed: true })] },
  ],
  ["a repeated request that says it was not", "replayed", { heard: [...told, again(startA, {})] }],
  [
    "a repeated request with another status",
    "replayed",
    { heard: [...told, again(startA, { status: statusAt(2), replayed: true })] },
  ],
  ["a receipt that is lost", "replayed", { receipts: new Map([...evidence.receipts].slice(0, 3)) }],
  ["a receipt of another outcome", "replayed", { receipts: withReceipt(1, "no-change") }],
  ["a run that nobody asked for", "run", { restarts: new Set() }],
  ["a run that comes again", "run", { history: historyWith(7, { currentRun: run("a1", "running") }) }],
  ["a run that is not counted", "run", { history: historyWith(7, { executionCount: 1 }) }],
  ["a run that began twice", "run", { begun: [...evidence.begun, { jobId: "a", runId: "a1" }] }],
  ["a run that is not kept", "run", { begun: [...evidence.begun, { jobId: "a", runId: "a3" }] }],
  ["a run that succeeded and never began", "run", { begun: evidence.begun.slice(1) }],
  ["a run that is not listed", "run", { runs: new Map([...evidence.runs, ["a", ["a2"]]]) }],
  ["runs listed in another order", "run", { runs: new Map([...evidence.runs, ["a", ["a1", "a2"]]]) }],
  [
    "a run other than the one that was answered",
    "run",
    { heard: replaced(startA, heard(1, {}, { status: statusAt(1), runId: "a2" })) },
  ],
  ["a run lost without a kill", "alone", { kills: 0 }],
  [
    "a process beside another",
    "alone",
    { history: historyWith(8, { currentRun: run("a2", "failed", { exitCode: sideBySideExitCode }) }) },
  ],
];

describe("the judges of the crash test", () => {
  it("find nothing wrong with what is right", () => {
    expect(judge()).toEqual([]);
    const repeated = again(startA, { replayed: true });
    expect(judge({ heard: [...told, repeated] })).toEqual([]);
    const applied = again(startAgain, { status: statusAt(7), outcome: "applied", replayed: true });
    expect(judge({ heard: [...told, applied] })).toEqual([]);
    expect(judge({ heard: [...told, overtaken], receipts: withReceipt(5, "superseded") })).toEqual([]);
  });

  it.each(broken)("find %s", (_name, rule, changed) => {
    expect(judge(changed).map((fault) => fault.rule)).toContain(rule);
  });
});

describe("what is asked again", () => {
  const requested = (one: Heard) => {
    const notebook = new Notebook();
    notebook.hear(one);
    return notebook.repeatable(0);
  };

  it.each<[string, Heard]>([
    ["was applied", startA],
    [
      "was accepted, and is no Start",
      heard(5, { kind: "stop", replyMode: "accepted" }, { outcome: "accepted" }),
    ],
    ["was refused for good", { ...startA, told: { kind: "refused", reason: "JOB_RUNNING" } }],
  ])("is a request that %s", (_, one) => {
    expect(requested(one)?.requestId).toBe(one.requestId);
  });

  it.each<[string, Heard]>([
    ["may still be superseded", startAgain],
    [
      "was superseded before its answer left",
      { ...startAgain, told: { ...startAgain.told, outcome: "superseded" } as Told },
    ],
    [
      "was superseded before it was accepted",
      { ...startAgain, told: { kind: "refused", reason: "COMMAND_SUPERSEDED" } },
    ],
  ])("is no Start that %s: its request id is free", (_, one) => {
    expect(requested(one)).toBeUndefined();
  });
});
