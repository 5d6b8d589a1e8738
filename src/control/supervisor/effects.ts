import { type InTurnsOptions, inTurns } from "../../async/in-turns.ts";
import type { Journal } from "../../telemetry/journal.ts";
import type { Batch, StagedEffect } from "./batch.ts";
import type { JobTable } from "./job-table.ts";
import type { JobTimers } from "./job-timers.ts";
import type { Runs } from "./runs.ts";

export interface EffectsOptions {
  readonly table: JobTable;
  readonly runs: Runs;
  readonly timers: JobTimers;
  readonly journal: Pick<Journal, "circuitChanged"> | undefined;
}

export interface RecoveryTurns extends Pick<InTurnsOptions, "turn"> {
  readonly mayBegin: () => boolean;
}

/**
 * What follows from a batch, and not before it is committed: runs begin and end, jobs get the timers that they need now, and the
 * journal is told of circuits. The supervisor alone calls it.
 */
export class Effects {
  readonly #table: JobTable;
  readonly #runs: Runs;
  readonly #timers: JobTimers;
  readonly #journal: EffectsOptions["journal"];

  constructor({ table, runs, timers, journal }: EffectsOptions) {
    this.#table = table;
    this.#runs = runs;
    this.#timers = timers;
    this.#journal = journal;
  }

  carryOut(batch: Batch): void {
    this.#tellCircuits(batch);
    for (const { job, effect } of batch.effects) this.#runs.carryOut(job, effect);
    for (const jobId of batch.before.keys()) this.#setTimer(jobId);
  }

  /**
   * The same for what follows from a restart, which may be much. Once `mayBegin` is false no run begins any more; to the next
   * server it is a lost one.
   */
  async carryOutRecovery(batch: Batch, { turn, mayBegin }: RecoveryTurns): Promise<void> {
    this.#tellCircuits(batch);
    const carryOut = ({ job, effect }: StagedEffect) => {
      if (effect.kind !== "startRun" || mayBegin()) this.#runs.carryOut(job, effect);
    };
    await inTurns(batch.effects, carryOut, { turn });
    await inTurns(batch.before.keys(), (jobId) => this.#setTimer(jobId), { turn });
  }

  #tellCircuits({ circuits, circuitsBefore }: Batch): void {
    for (const [typeName, circuit] of circuits) {
      // While it probes it is not closed yet, and has not opened anew.
      const wasClosed = circuitsBefore.get(typeName)?.state === "closed";
      if (wasClosed !== (circuit.state === "closed")) this.#journal?.circuitChanged(typeName, circuit);
    }
  }

  #setTimer(jobId: string): void {
    this.#timers.follow(jobId, this.#table.committed(jobId));
  }
}
