import { describe, expect, it } from "vitest";
import { toJobStatus } from "../../src/rpc/status-codec.ts";
import type { ToldChange, ToldMessage } from "../../src/testing/told-message.ts";
import { historyOf } from "./hand-made-history.ts";
import { handMadeStream, type Told, tokenOf } from "./hand-made-stream.ts";

const red = { team: "red" };

const history = historyOf(
  { jobId: "a", state: "stopped" }, // 1
  { jobId: "b", state: "stopped" }, // 2
  { jobId: "a", state: "running", runId: "a1" }, // 3
  { jobId: "a", state: "running", runId: "a1", percent: 10 }, // 4
  { jobId: "b", state: "running", runId: "b1" }, // 5
  { jobId: "a", state: "running", runId: "a1", percent: 20 }, // 6
  { jobId: "a", state: "succeeded" }, // 7
  { jobId: "c", state: "running", labels: red }, // 8
  { jobId: "c", state: "running" }, // 9: it has lost its label
  { jobId: "c", state: "succeeded" }, // 10
  { jobId: "c", state: "running", labels: red }, // 11: and has it again
  { jobId: "b", state: "succeeded" }, // 12
  { jobId: "b", state: "succeeded", removed: true }, // 13
  { jobId: "b", state: "running", runId: "b2" }, // 14: made anew
);

const { snapshot, mark, change, bookmark, reset, closing, judge } = handMadeStream(history);
const whole = snapshot(7, "a", "b");
const running = change(8);

const every = { delivery: "every-transition" } as const;
const ended = { kind: "ended" } as const;
const caughtUp = { kind: "caught-up", revision: history.revision } as const;
const rest = [9, 10, 11, 12, 13, 14].map((revision) => change(revision));

type Case = [name: string, messages: readonly ToldMessage[], told?: Told];

const truthful: readonly Case[] = [
  [
    "a snapshot, and every change after it",
    [...snapshot(7, "a", "b"), change(8), ...rest],
    { end: caughtUp },
  ],
  [
    "changes merged into later ones of their jobs, and counted",
    [
      ...snapshot(2, "a", "b"),
      change(7, { coalesced: 3, previousState: "stopped" }),
      change(12, { coalesced: 1, previousState: "stopped" }),
      change(13),
      change(14),
    ],
    { end: caughtUp, request: { jobIds: ["a", "b"] } },
  ],
  [
    "progress merged where every transition is asked for",
    [...snapshot(2, "a", "b"), change(3), change(5), change(6, { coalesced: 1 }), change(7)],
    { request: every },
  ],
  [
    "a resumed watch: what came after the token, and the mark",
    [change(3), change(7, { coalesced: 2 }), mark(8), change(12, { coalesced: 1, previousState: "stopped" })],
    { request: { resumeToken: tokenOf(2), jobIds: ["a", "b"] } },
  ],
  [
    "a job that leaves the selector and comes back",
    [...snapshot(7), change(8), change(9, { kind: "removed" }), change(11, { previousState: undefined })],
    { request: { labels: red }, end: caughtUp },
  ],
  [
    "RESET for a token that is no longer kept",
    [reset(), ...snapshot(7, "a", "b")],
    resumed(2, { ring: 4, committed: 7 }),
  ],
  [
    "RESET for a token of another epoch",
    [reset(), ...snapshot(7, "a", "b")],
    { request: { resumeToken: "f:7" } },
  ],
  ["RESET for a token ahead of the server", [reset(), ...snapshot(7, "a", "b")], resumed(99)],
  [
    "RESET for a reader that was overtaken",
    [...snapshot(2, "a", "b"), reset(), ...snapshot(7, "a", "b")],
    { ring: 4 },
  ],
  ["TOO_SLOW", [...snapshot(2, "a", "b"), closing("too-slow", 2)], { request: every, ring: 4, end: ended }],
  [
    "bookmarks that cover the other jobs",
    [...snapshot(7, "a"), bookmark(14)],
    { request: { jobIds: ["a"] }, asked: 7 },
  ],
  [
    "no snapshot where none is wanted",
    [mark(12), change(13), change(14)],
    { request: { skipSnapshot: true } },
  ],
  ["a named job that does not exist", [...snapshot(7, "c", "a")], { request: { jobIds: ["c", "a"] } }],
  ["the end of all jobs", [...snapshot(7, "a"), closing("until-met", 8)], until("all-settled", "a")],
  [
    "the end of a run",
    [...snapshot(6, "a"), change(7), closing("until-met", 7)],
    until("current-run-done", "a"),
  ],
  ["no run to wait for", [...snapshot(7, "a"), closing("until-met", 7)], until("current-run-done", "a")],
  [
    "as many changes as were asked for",
    [...snapshot(11, "a", "b", "c"), change(12), change(13), closing("max-changes", 13)],
    { request: { maxChanges: 2 }, end: ended },
  ],
  [
    "a server that drains",
    [...snapshot(13, "a", "c"), change(14), closing("draining", 14)],
    { end: { kind: "ended", refusal: "DRAINING" } },
  ],
];

type Lie = [name: string, messages: readonly ToldMessage[], found: readonly string[], told?: Told];

const lies: readonly Lie[] = [
  // ordered
  [
    "a change before an earlier one",
    [...whole, change(9, { coalesced: 1, previousState: undefined }), running],
    ["ordered@4"],
  ],
  ["a mark behind what was told", [running, mark(7)], ["ordered@1"], resumed(7)],
  // unique
  ["a change twice", [...whole, running, running], ["unique@4"]],
  ["a change that the snapshot covers", [...whole, change(7)], ["unique@3"]],
  [
    "a change that a bookmark covers",
    [...snapshot(7, "a"), bookmark(14), change(7)],
    ["unique@3"],
    only("a"),
  ],
  ["a change that the token covers", [change(7), running, mark(8)], ["unique@0"], resumed(7)],
  // reliable
  ["a change left out, with none after it", [...snapshot(2, "a", "b"), running], ["reliable@3"]],
  [
    "a transition left out where every one is asked for",
    [...snapshot(2, "a", "b"), change(5), change(6, { coalesced: 1 }), change(7)],
    ["reliable@3"],
    { request: every },
  ],
  [
    "a job's departure left out",
    [...snapshot(7), running, change(11, { previousState: undefined })],
    ["reliable@2"],
    { request: { labels: red } },
  ],
  ["a removal left out", [...snapshot(12, "b"), change(14)], ["reliable@2"], only("b")],
  [
    "silence where a change is waited for",
    snapshot(12, "b"),
    ["reliable@2", "reliable@2"],
    { ...only("b"), end: caughtUp },
  ],
  [
    "a change merged into one that had not happened yet",
    [...snapshot(2, "a", "b"), change(5)],
    ["reliable@3"],
    { committed: 5 },
  ],
  // resumable
  [
    "a change left out that came after the token",
    [change(7), mark(8)],
    ["resumable@1"],
    resumed(6, { committed: 8 }),
  ],
  [
    "RESET for a token that is kept",
    [reset(), ...whole],
    ["resumable@0"],
    resumed(4, { ring: 4, committed: 7 }),
  ],
  ["RESET for a reader that was not overtaken", [...whole, reset(), ...whole], ["resumable@3"]],
  [
    "a token of another epoch",
    [...whole.slice(0, -1), { kind: "snapshot-end", resumeToken: "f:7" }],
    ["resumable@2"],
  ],
  ["a token from the future", [...snapshot(7, "a"), bookmark(15)], ["resumable@2"], only("a")],
  ["a token of another revision", [...whole, change(8, { resumeToken: tokenOf(9) })], ["resumable@3"]],
  [
    "TOO_SLOW at once where a token is too old",
    [closing("too-slow", 2)],
    ["resumable@0"],
    { ...resumed(2, { ring: 4, end: ended }), request: { ...every, resumeToken: tokenOf(2) } },
  ],
  [
    "a token of TOO_SLOW that passes over changes",
    [...snapshot(2, "a", "b"), closing("too-slow", 4)],
    ["resumable@3"],
    { request: every, ring: 4, end: ended },
  ],
  // bookmarkable
  ["a bookmark that covers what was not told", [...whole, bookmark(8)], ["bookmarkable@3"], { committed: 8 }],
  ["a bookmark behind what was told", [...whole, running, bookmark(7)], ["bookmarkable@4"]],
  [
    "a bookmark that stands still",
    [...snapshot(7, "a"), bookmark(7)],
    ["bookmarkable@2"],
    { ...only("a"), askedLast: 12 },
  ],
  // truthful
  ["a snapshot that lacks a job", snapshot(7, "a"), ["truthful@1"]],
  ["a snapshot in another order", snapshot(7, "b", "a"), ["truthful@2"]],
  ["a snapshot of another moment", [...snapshot(6, "a", "b").slice(0, -1), mark(7)], ["truthful@2"]],
  ["a job that is not there", snapshot(7, "a", "b", "c"), ["truthful@3"]],
  ["a job that was not asked for", [...snapshot(7, "a"), running], ["truthful@2"], only("a")],
  [
    "a status that was never committed",
    [...whole, change(8, invented({ message: "Never said" }))],
    ["truthful@3"],
  ],
  [
    "a revision that was never committed",
    [...whole, change(8, invented({ revision: 99n }))],
    ["resumable@3", "truthful@3"],
  ],
  [
    "a wrong count of what was merged",
    [...snapshot(2, "a"), change(7, { coalesced: 2, previousState: "stopped" })],
    ["truthful@2"],
    only("a"),
  ],
  [
    "a previous state that was not told",
    [...snapshot(2, "a"), change(7, { coalesced: 3 })],
    ["truthful@2"],
    only("a"),
  ],
  [
    "a state before a job came into sight",
    [...snapshot(10), change(11)],
    ["truthful@1"],
    { request: { labels: red } },
  ],
  [
    "a departure told as a change",
    [...snapshot(8, "c"), change(9)],
    ["truthful@2"],
    { request: { labels: red } },
  ],
  [
    "a removal told as a change",
    [...snapshot(12, "b"), change(13, { kind: "changed" })],
    ["truthful@2"],
    only("b"),
  ],
  // fresh
  ["a snapshot behind what was answered", whole, ["fresh@2"], { asked: 8 }],
  ["a mark behind what was answered", [mark(7)], ["fresh@0"], resumed(7, { asked: 8 })],
  // framed
  ["a change before the mark", [...whole.slice(0, -1), running], ["framed@2", "reliable@2"]],
  ["two marks", [...whole, mark(7)], ["framed@3"]],
  [
    "a snapshot where none is wanted",
    snapshot(7, "a", "b"),
    ["framed@0"],
    { request: { skipSnapshot: true } },
  ],
  ["a snapshot in a resumed watch", whole, ["framed@0"], resumed(7)],
  ["a snapshot out of the blue", [...whole, ...whole], ["framed@3"]],
  ["a bookmark before the mark", [bookmark(7), mark(7)], ["framed@0"], resumed(7)],
  ["RESET at the beginning", [reset(), ...whole], ["framed@0"]],
  ["a message after CLOSING", [...whole, closing("draining", 7), running], ["framed@4"]],
  ["silence before the mark", whole.slice(0, -1), ["framed@2"], { end: { kind: "caught-up", revision: 0 } }],
  // closed
  ["an end without CLOSING", whole, ["closed@3"], { end: ended }],
  ["an end without DRAINING", [...whole, closing("draining", 7)], ["closed@4"], { end: ended }],
  [
    "a refusal after an end that was asked for",
    [...snapshot(7, "a"), closing("until-met", 7)],
    ["closed@3"],
    refused(),
  ],
  [
    "an end while a job still runs",
    [...snapshot(6, "a"), closing("until-met", 6)],
    ["closed@2"],
    until("all-settled", "a"),
  ],
  [
    "an end while a named job is not there",
    [...snapshot(7, "c"), closing("until-met", 7)],
    ["closed@2"],
    until("all-settled", "c"),
  ],
  [
    "an end while the run goes on",
    [...snapshot(6, "a"), closing("until-met", 6)],
    ["closed@2"],
    until("current-run-done", "a"),
  ],
  [
    "no end though all jobs have settled",
    snapshot(7, "a"),
    ["closed@2"],
    { ...until("all-settled", "a"), end: caughtUp },
  ],
  ["an end that nobody asked for", [...snapshot(7, "a"), closing("until-met", 7)], ["closed@2"], only("a")],
  [
    "an end before so many changes",
    [...whole, running, closing("max-changes", 8)],
    ["closed@4"],
    { request: { maxChanges: 2 } },
  ],
  [
    "more changes than were asked for",
    [...whole, running, change(9)],
    ["closed@4"],
    { request: { maxChanges: 1 } },
  ],
  ["TOO_SLOW for one that is not", [...whole, closing("too-slow", 7)], ["closed@3"], { request: every }],
  ["TOO_SLOW where the latest is enough", [...whole, closing("too-slow", 7)], ["closed@3"], { ring: 2 }],
  [
    "RESET where every transition is asked for",
    [...snapshot(2, "a", "b"), reset(), ...whole],
    ["closed@3"],
    { request: every, ring: 4 },
  ],
];

describe("validateWatch()", () => {
  it.each(truthful)("finds nothing wrong with %s", (_name, messages, told) => {
    expect(judge(messages, told)).toEqual([]);
  });

  it.each(lies)("finds %s", (_name, messages, found, told) => {
    expect(judge(messages, told)).toEqual(found);
  });
});

function only(jobId: string): Told {
  return { request: { jobIds: [jobId] } };
}

function resumed(revision: number, told: Told = {}): Told {
  return { ...told, request: { resumeToken: tokenOf(revision), ...told.request } };
}

function until(word: "all-settled" | "current-run-done", jobId: string): Told {
  return { request: { until: word, jobIds: [jobId] }, end: ended };
}

function refused(): Told {
  return { request: { jobIds: ["a"], until: "all-settled" }, end: { kind: "ended", refusal: "DRAINING" } };
}

/** The status of revision 8, but for what a test says. */
function invented(over: Partial<ToldChange["status"]>): Partial<ToldChange> {
  const status = history.at(8)?.status;
  return status === undefined ? {} : { status: { ...toJobStatus(status), ...over } };
}
