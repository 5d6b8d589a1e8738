import {
  WatchStatusResponse_Kind as Kind,
  type WatchStatusResponse,
  WatchStatusResponseSchema,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import { JobState, type JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { changeLine } from "./change-line.ts";
import { progressText } from "./describe-job.ts";
import { LiveLines } from "./live-lines.ts";
import { print, printJson, tell } from "./print.ts";
import { progressBar } from "./progress-bar.ts";
import { dim } from "./style.ts";
import { cut, toWidth } from "./width.ts";

/** Where the messages of a watch are shown as they come. */
export interface WatchView {
  /** Mere progress need come no more often than this. 0: as it comes */
  readonly minIntervalMs: number;
  show(message: WatchStatusResponse): void;
  /** Tells on stderr of the watch itself. */
  tell(text: string): void;
  /** Shows what is not shown yet. */
  end(): void;
}

/** Lines of JSON for programs; for people lines, and on a terminal a bar for each job that tells how far it is. */
export function createWatchView({ json = false }: { readonly json?: boolean } = {}): WatchView {
  if (json) return new Lines((message) => printJson(WatchStatusResponseSchema, message, { line: true }), 0);
  if (isLive(process.stdout)) return new Bars(process.stdout);
  return new Lines((message) => print(changeLine(message)), 1000);
}

/** True where lines can be drawn anew in their place. */
export function isLive({ isTTY = false }: { readonly isTTY?: boolean }): boolean {
  const { TERM = "" } = process.env;
  return isTTY && TERM !== "dumb";
}

class Lines implements WatchView {
  readonly tell = tell;
  readonly minIntervalMs: number;
  readonly show: (message: WatchStatusResponse) => void;

  constructor(show: (message: WatchStatusResponse) => void, minIntervalMs: number) {
    this.show = show;
    this.minIntervalMs = minIntervalMs;
  }

  end(): void {}
}

/** A line for each change of state, as elsewhere, and below them the bars of those that run. */
class Bars implements WatchView {
  readonly minIntervalMs = 250;
  readonly #terminal: NodeJS.WriteStream;
  readonly #lines: LiveLines;
  readonly #running = new Map<string, JobStatus>();

  constructor(terminal: NodeJS.WriteStream) {
    this.#terminal = terminal;
    this.#lines = new LiveLines(terminal, () => barLines(this.#running, terminal));
    process.once("exit", () => this.end());
  }

  show(message: WatchStatusResponse): void {
    const { kind, status } = message;
    if (kind === Kind.RESET) this.#running.clear();
    if (status !== undefined) this.#remember(status);
    const line = isShownBelow(message) ? "" : changeLine(message);
    this.#lines.print(...(line === "" ? [] : [line]));
  }

  tell(text: string): void {
    this.#lines.aside(() => tell(text));
  }

  end(): void {
    if (!this.#terminal.destroyed) this.#lines.end();
  }

  #remember(status: JobStatus): void {
    if (hasBar(status)) this.#running.set(status.jobId, status);
    else this.#running.delete(status.jobId);
  }
}

function hasBar({ state, currentRun }: JobStatus): boolean {
  const isGoingOn = state === JobState.RUNNING || state === JobState.STOPPING;
  return isGoingOn && currentRun?.progress !== undefined && currentRun.endTime === undefined;
}

/** Mere progress: the job was known to run, or is now. */
function isShownBelow({ kind, status, previousState }: WatchStatusResponse): boolean {
  if (status?.state !== JobState.RUNNING || !hasBar(status)) return false;
  return kind === Kind.SNAPSHOT || previousState === JobState.RUNNING;
}

function barLines(running: ReadonlyMap<string, JobStatus>, { columns, rows }: NodeJS.WriteStream): string[] {
  const room = Math.max(1, Math.floor(rows / 2));
  const all = [...running.values()];
  const shown = all.length > room ? all.slice(0, room - 1) : all;
  const idWidth = Math.min(
    24,
    Math.floor(columns / 3),
    Math.max(0, ...shown.map(({ jobId }) => jobId.length)),
  );
  const lines = shown.map((status) => barLine(status, { columns, idWidth }));
  return shown.length === all.length ? lines : [...lines, dim(`… and ${all.length - shown.length} more`)];
}

interface Widths {
  readonly columns: number;
  readonly idWidth: number;
}

/** `integrity-check  ██████████░░░░░░░░░░  50 % 120/240 files hashing`; a narrow terminal has the text alone. */
function barLine({ jobId, currentRun }: JobStatus, { columns, idWidth }: Widths): string {
  const progress = currentRun?.progress;
  if (progress === undefined) return "";
  const barWidth = progress.total > 0 ? Math.min(30, Math.floor((columns - idWidth) / 2) - 4) : 0;
  const bar = barWidth < 8 ? "" : `${progressBar(progress, barWidth)}  `;
  const textWidth = columns - idWidth - 2 - (bar === "" ? 0 : barWidth + 2);
  return `${toWidth(jobId, idWidth)}  ${bar}${cut(progressText(progress), textWidth)}`;
}
