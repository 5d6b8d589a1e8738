import type { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import type { KnownJob } from "../watch/known-job.ts";
import { lookOf, states } from "../words/states.ts";

/** Which jobs are listed, and in which order. It stands in the page's address, so that it can be kept and sent. */
export interface Selection {
  /** Words that must all occur, in the id, type, labels, message or error; capitals do not count. */
  readonly text: string;
  /** Empty: all. */
  readonly states: readonly JobState[];
  /** Empty: all. */
  readonly type: string;
  /** `key=value`, or a bare `key`; a job must have them all. */
  readonly labels: readonly string[];
  readonly order: Order;
}

export type Order = "name" | "state" | "changed" | "next";

const orders: readonly Order[] = ["name", "state", "changed", "next"];

export function readSelection(query: string): Selection {
  const read = new URLSearchParams(query);
  const words = read.getAll("state");
  return {
    text: read.get("q") ?? "",
    states: states.filter((state) => words.includes(lookOf(state).word)),
    type: read.get("type") ?? "",
    labels: read.getAll("label"),
    order: orders.find((order) => order === read.get("order")) ?? "name",
  };
}

/** As `readSelection` reads it; what is not set is left out. */
export function selectionQuery({ text, states, type, labels, order }: Selection): string {
  const query = new URLSearchParams();
  if (text !== "") query.set("q", text);
  for (const state of states) query.append("state", lookOf(state).word);
  if (type !== "") query.set("type", type);
  for (const label of labels) query.append("label", label);
  if (order !== "name") query.set("order", order);
  return query.toString();
}

export function isEverything({ text, states, type, labels }: Selection): boolean {
  return text.trim() === "" && states.length === 0 && type === "" && labels.length === 0;
}

/** Of `jobs`, which are in the order of their names, those that are selected, in their order. */
export function select(jobs: readonly KnownJob[], selection: Selection): readonly KnownJob[] {
  const selected = isEverything(selection) ? jobs : jobs.filter(matcher(selection));
  const { order } = selection;
  if (order === "name") return selected;
  // Sorting keeps the names' order where two are equal.
  return selected.toSorted((a, b) => rank[order](a) - rank[order](b));
}

function matcher({ text, states, type, labels }: Selection): (job: KnownJob) => boolean {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  const pairs = labels.map((label) => pairOf(label));
  return (job) => {
    const { status } = job;
    if (states.length > 0 && !states.includes(status.state)) return false;
    if (type !== "" && status.jobType !== type) return false;
    if (!pairs.every(([key, value]) => hasLabel(status.labels, key, value))) return false;
    if (words.length === 0) return true;
    const said = textOf(job);
    return words.every((word) => said.includes(word));
  };
}

function pairOf(label: string): readonly [key: string, value: string | undefined] {
  const at = label.indexOf("=");
  return at < 0 ? [label, undefined] : [label.slice(0, at), label.slice(at + 1)];
}

function hasLabel(labels: Readonly<Record<string, string>>, key: string, value: string | undefined): boolean {
  return value === undefined ? Object.hasOwn(labels, key) : labels[key] === value;
}

function textOf({ status, lastError }: KnownJob): string {
  const labels = Object.entries(status.labels).map(([key, value]) => `${key}=${value}`);
  const { jobId, jobType, message } = status;
  return [jobId, jobType, message, lastError?.message ?? "", ...labels].join("\n").toLowerCase();
}

const rank: Readonly<Record<Exclude<Order, "name">, (job: KnownJob) => number>> = {
  state: ({ status }) => states.indexOf(status.state),
  changed: ({ status }) => -Number(status.revision),
  next: ({ status }) => Number(status.nextRunTime?.seconds ?? Number.MAX_SAFE_INTEGER),
};
