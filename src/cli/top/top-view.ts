import type { ChannelStats } from "../../../gen/jobcontrol/v1/channel_stats_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { stateFormat, stateName } from "../output/describe-job.ts";
import { describeLimits, laneName, rate } from "../output/describe-stats.ts";
import { jobDetail } from "../output/job-detail.ts";
import { barOf } from "../output/progress-bar.ts";
import { type Piece, row } from "../output/row.ts";
import type { Format } from "../output/style.ts";
import { toWidth, widthOf } from "../output/width.ts";
import type { TopModel } from "./top-model.ts";

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  /** Which server is looked at. */
  readonly place: string;
  /** `12:00:01` */
  readonly time: string;
}

/** `top` as the rows of a terminal: the channel above, then the jobs around the one that is selected, and what the keys do. */
export function topRows(model: TopModel, frame: Frame): string[] {
  const { columns, rows } = frame;
  const above = headRows(model, frame);
  const below = [noticeRow(model, columns), keysRow(model, columns)];
  const room = Math.max(1, rows - above.length - below.length);
  const jobs = jobRows(model, { columns, room });
  const empty = Array.from({ length: Math.max(0, room - jobs.length) }, () => "");
  return [...above, ...jobs, ...empty, ...below].slice(0, rows);
}

/** A low terminal shows jobs rather than figures. */
function headRows(model: TopModel, { columns, rows, place, time }: Frame): string[] {
  const name = `jobctl top  ${place}`;
  const gap = " ".repeat(Math.max(2, columns - widthOf(name) - widthOf(time)));
  const title = row(columns, [["bold", "jobctl top"], `  ${place}${gap}`, ["dim", time]]);
  if (rows < 12) return [title];
  const { stats } = model;
  const figures = stats === undefined ? ["", ""] : [laneRow(stats, columns), rateRow(stats, columns)];
  return [title, countRow(model, columns), ...figures, ""];
}

function countRow({ size, counts }: TopModel, columns: number): string {
  const told = counts.flatMap(([state, count], at): Piece[] => [
    at === 0 ? "  " : ", ",
    [stateFormat(state), `${count} ${stateName(state)}`],
  ]);
  return row(columns, [`${size} job${size === 1 ? "" : "s"}`, ...told]);
}

function laneRow({ degraded, lanes }: ChannelStats, columns: number): string {
  const state: Piece = degraded ? ["yellow", "degraded"] : ["green", "healthy"];
  const told = lanes.flatMap(({ priority, depth, capacity, waitingWriters }): Piece[] => {
    const share = capacity > 0 ? depth / capacity : 0;
    const format: Format = share >= 0.8 ? "red" : share >= 0.5 ? "yellow" : [];
    const waiting: Piece[] = waitingWriters > 0 ? [["yellow", ` +${waitingWriters}`]] : [];
    return [["dim", `  ${laneName(priority)} `], [format, `${depth}/${capacity}`], ...waiting];
  });
  return row(columns, [["dim", "channel "], state, ...told]);
}

function rateRow(stats: ChannelStats, columns: number): string {
  const facts = [
    ["in", rate(stats.acceptedPerSecond)],
    ["applied", rate(stats.appliedPerSecond)],
    ["runs", String(stats.activeRuns)],
    ["watches", String(stats.watchers)],
    ["tokens", describeLimits(stats)],
  ] as const;
  return row(
    columns,
    facts.flatMap(([name, text], at): Piece[] => [["dim", `${at === 0 ? "" : "  "}${name} `], text]),
  );
}

function jobRows(
  model: TopModel,
  { columns, room }: { readonly columns: number; readonly room: number },
): string[] {
  const { shown } = model;
  const index = model.indexIn(shown);
  const idWidth = Math.min(28, Math.max(8, Math.floor(columns / 3)), longest(shown));
  const header = row(columns, [
    ["dim", `  ${toWidth("JOB", idWidth)}  ${"STATE".padEnd(9)}  ${"RUNS".padStart(6)}`],
  ]);
  const lines = Math.max(0, room - 1);
  const first = firstShown({ index, lines, count: shown.length });
  const jobs = shown
    .slice(first, first + lines)
    .map((job, at) => jobRow(job, { columns, idWidth, isSelected: first + at === index }));
  return [header, ...(jobs.length === 0 ? [row(columns, [["dim", `  ${nothing(model)}`]])] : jobs)].slice(
    0,
    room,
  );
}

function nothing({ filter }: TopModel): string {
  return filter === "" ? "No jobs" : `No job whose id, type or state has: ${filter}`;
}

/** The page that the selected job is on: it moves only when the selection leaves it. */
function firstShown({ index, lines, count }: { index: number; lines: number; count: number }): number {
  if (lines === 0) return 0;
  return Math.min(Math.floor(index / lines) * lines, Math.max(0, count - lines));
}

interface JobRowOptions {
  readonly columns: number;
  readonly idWidth: number;
  readonly isSelected: boolean;
}

/** The selected row has a mark of its own: colours may be off. */
function jobRow(job: JobStatus, { columns, idWidth, isSelected }: JobRowOptions): string {
  const { jobId, state, executionCount, currentRun } = job;
  const name = `${isSelected ? ">" : " "} ${toWidth(jobId, idWidth)}  `;
  const runs = `  ${String(executionCount).padStart(6)}  `;
  const room = columns - widthOf(name) - 9 - widthOf(runs);
  const progress = state === JobState.RUNNING ? currentRun?.progress : undefined;
  const bar = progress !== undefined && room >= 40 ? barOf(progress, 16) : undefined;
  const bars: Piece[] = bar === undefined ? [] : [["cyan", bar.done], ["dim", bar.left], "  "];
  const format: Format = isSelected ? "inverse" : [];
  return row(columns, [
    [format, name],
    [stateFormat(state), stateName(state).padEnd(9)],
    runs,
    ...bars,
    jobDetail(job),
  ]);
}

function longest(jobs: readonly JobStatus[]): number {
  return jobs.reduce((width, { jobId }) => Math.max(width, jobId.length), 3);
}

function noticeRow({ mode, filter, notice }: TopModel, columns: number): string {
  switch (mode.kind) {
    case "confirm":
      return row(columns, [["yellow", `Stop ${mode.jobId}? y stops it, any other key does not`]]);
    case "filter":
      return row(columns, [`/${filter}`, ["inverse", " "]]);
    case "look":
      return row(columns, [notice === "" && filter !== "" ? `/${filter}` : notice]);
  }
}

function keysRow({ mode }: TopModel, columns: number): string {
  if (mode.kind === "filter") return row(columns, [["dim", "Enter keeps the filter  Esc clears it"]]);
  const all = "q quit  ↑↓ select  s stop  p pause or resume  / filter";
  return row(columns, [["dim", widthOf(all) <= columns ? all : "q quit  s stop  p pause  / filter"]]);
}
