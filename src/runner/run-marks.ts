import { closeSync, mkdirSync, openSync, readdirSync, realpathSync, rmdirSync, rmSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { type Abortable, sleep } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { openFilesOf, type ProcessEntry, processes } from "./process-table.ts";

export interface RunMarksOptions {
  /** Made when the first mark is, and gone when the last one is. Nobody else may use it. */
  readonly folder: string;
  readonly clock: Clock;
  /** Hears of each process that outlived its server, before it is ended. */
  readonly onLeftover?: (leftover: { readonly runId: string; readonly pid: number }) => void;
}

/**
 * How a process is known again that outlived its server: it and all that it starts have a file open that is named
 * after the run. No moment is left between its birth and its mark, and nothing has to be written to the store. It
 * takes `/proc` to find them; where there is none, marks are made and nothing is found.
 */
export class RunMarks {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #onLeftover: NonNullable<RunMarksOptions["onLeftover"]>;

  constructor({ folder, clock, onLeftover = () => {} }: RunMarksOptions) {
    this.#folder = resolve(folder);
    this.#clock = clock;
    this.#onLeftover = onLeftover;
  }

  /** Opens the mark of a run, has `spawn` give it to a process, and closes it here. */
  with<T>(runId: string, spawn: (mark: number) => T): T {
    mkdirSync(this.#folder, { recursive: true });
    const mark = openSync(this.#pathOf(runId), "w", 0o600);
    try {
      return spawn(mark);
    } finally {
      closeSync(mark);
    }
  }

  /** The run is over. Never throws: a mark that nothing holds any more means nothing. */
  remove(runId: string): void {
    try {
      rmSync(this.#pathOf(runId), { force: true });
      rmdirSync(this.#folder);
    } catch {
      // Other runs go on, or the folder is none.
    }
  }

  /**
   * Ends what an earlier server left running: with SIGTERM, and with SIGKILL where that does not do it. Resolves
   * when none is there any more, and rejects where that cannot be had. Call it before the first run, and only where no other
   * server can be alive that uses the folder.
   * Cancellation: rejects with the signal's reason, and signals nobody any more.
   */
  async endLeftovers(options: Abortable = {}): Promise<void> {
    const runIds = this.#marked();
    if (runIds.length === 0) return;
    const holders = this.#holders();
    for (const { runId, pid } of holders) this.#onLeftover({ runId, pid });
    const groups = new Set(holders.map(({ groupId }) => groupId));
    const end = (signal: Signal) => this.#end(groups, { ...options, send: signal });
    const ended = (await end("SIGTERM")) || (await end("SIGKILL"));
    if (!ended) throw new Error(`Cannot end what an earlier server left running: ${[...groups].join(", ")}`);
    for (const runId of runIds) this.remove(runId);
  }

  /** Signals the groups, and those that turn up with a mark, until all are gone or the time is up. */
  async #end(groups: Set<number>, { send, signal }: Ending): Promise<boolean> {
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      if (!isAnyAlive(groups)) {
        const late = this.#holders();
        if (late.length === 0) return true;
        for (const { groupId } of late) groups.add(groupId);
      }
      if (waitedMs >= patienceMs[send]) return false;
      // Once is enough to ask. Who is to be killed may have started others meanwhile.
      if (waitedMs === 0 || send === "SIGKILL") for (const groupId of groups) sendTo(groupId, send);
      await sleep(this.#clock, lookMs, { signal });
    }
  }

  #marked(): string[] {
    try {
      return readdirSync(this.#folder);
    } catch {
      // No run of a process was going on.
      return [];
    }
  }

  #holders(): Holder[] {
    // The system tells of open files by their real paths.
    const folder = realpathSync(this.#folder);
    return processes().flatMap((entry) => {
      if (entry.pid === process.pid) return [];
      const mark = openFilesOf(entry.pid).find((path) => dirname(path) === folder);
      return mark === undefined ? [] : [{ ...entry, runId: basename(mark) }];
    });
  }

  #pathOf(runId: string): string {
    return join(this.#folder, runId);
  }
}

interface Holder extends ProcessEntry {
  readonly runId: string;
}

type Signal = "SIGTERM" | "SIGKILL";

interface Ending extends Abortable {
  readonly send: Signal;
}

const lookMs = 25;
const patienceMs: Readonly<Record<Signal, number>> = { SIGTERM: 3_000, SIGKILL: 2_000 };

/** Members of a group that have closed the mark belong to the run all the same. */
function isAnyAlive(groups: ReadonlySet<number>): boolean {
  return processes().some(({ groupId, state }) => groups.has(groupId) && state !== "Z" && state !== "X");
}

function sendTo(groupId: number, signal: Signal): void {
  try {
    process.kill(-groupId, signal);
  } catch {
    // It has ended meanwhile; if not, the next look shows it.
  }
}
