import { type Circuit, circuitAt } from "../../job/circuit.ts";
import type { JobType } from "../../job/job-type.ts";
import type { JobTable } from "./job-table.ts";
import type { TypeLoad } from "./slots.ts";

/** A declared job type at one moment. */
export interface TypeStats extends TypeLoad {
  readonly name: string;
  /** Unset: it has no breaker. */
  readonly circuit?: CircuitStats | undefined;
}

export interface CircuitStats {
  readonly circuit: Circuit;
  /** Open, when a run may probe; half-open, since when. Unset: it is closed. */
  readonly halfOpenMs?: number | undefined;
}

export function typeStatsOf(type: JobType, table: JobTable, nowMs: number): TypeStats {
  return { name: type.name, ...table.load(type), circuit: circuitStatsOf(type, table, nowMs) };
}

function circuitStatsOf(
  { name, breaker }: JobType,
  table: JobTable,
  nowMs: number,
): CircuitStats | undefined {
  if (breaker === undefined) return undefined;
  const circuit = circuitAt(table.circuit(name), breaker, nowMs);
  if (circuit.state === "closed") return { circuit };
  return { circuit, halfOpenMs: circuit.openedMs + breaker.halfOpenAfterMs };
}
