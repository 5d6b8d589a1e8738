import type { BreakerPolicy } from "./job-type.ts";

/**
 * The circuit breaker of a job type: whether its work is worth trying at the moment. The consumer has it changed by
 * what becomes of attempts, together with their jobs (`transitions/attempt.ts`), and the store keeps it. Nothing here
 * reads a clock: an open circuit turns half-open when somebody comes who finds that its time is over.
 */
export type Circuit = ClosedCircuit | OpenCircuit | HalfOpenCircuit;

export interface ClosedCircuit {
  readonly state: "closed";
  /** Attempts that failed since the last one that succeeded. */
  readonly failures: number;
}

/** No attempt begins. */
export interface OpenCircuit {
  readonly state: "open";
  /** The same, up to the last one that counted. */
  readonly failures: number;
  readonly openedMs: number;
}

/** One attempt tries whether the work can be done again: what becomes of it decides. */
export interface HalfOpenCircuit {
  readonly state: "half-open";
  readonly failures: number;
  readonly openedMs: number;
  /** The runs that probe: seldom more than one, and none where the last one was stopped or lost. */
  readonly probes: readonly string[];
  /** When the newest of them began. */
  readonly probedMs: number;
}

/** Of a type that has no breaker, or no trouble. */
export const closedCircuit: ClosedCircuit = { state: "closed", failures: 0 };

/** True for one that need not be kept: closed, without a failure since the last success. */
export function isUntroubled({ state, failures }: Circuit): boolean {
  return state === "closed" && failures === 0;
}

/**
 * Undefined where an attempt may begin now; else when it is worth coming again. A probe that has gone on for as long as
 * the circuit was open is not waited for any longer, so that one that never ends does not keep all others away. A time
 * that lies ahead of the clock is none: the clock was put back.
 */
export function refusedUntilMs(
  circuit: Circuit,
  { halfOpenAfterMs }: BreakerPolicy,
  nowMs: number,
): number | undefined {
  if (circuit.state === "closed") return undefined;
  if (circuit.state === "half-open" && circuit.probes.length === 0) return undefined;
  if (circuit.state === "half-open" && circuit.probes.length >= mostProbes) return nowMs + halfOpenAfterMs;
  const sinceMs = circuit.state === "open" ? circuit.openedMs : circuit.probedMs;
  const untilMs = sinceMs + halfOpenAfterMs;
  return sinceMs <= nowMs && nowMs < untilMs ? untilMs : undefined;
}

const mostProbes = 10;

/** An attempt of the run has begun, which was not refused. */
export function attemptBegan(circuit: Circuit, runId: string, nowMs: number): Circuit {
  if (circuit.state === "closed") return circuit;
  const { failures, openedMs } = circuit;
  const others = circuit.state === "open" ? [] : circuit.probes;
  return { state: "half-open", failures, openedMs, probes: [...others, runId], probedMs: nowMs };
}

/** What an attempt tells of the work. `nothing`: it was stopped, or lost, or what it was given was wrong. */
export type AttemptOutcome = "succeeded" | "failed" | "nothing";

/**
 * An attempt of the run is over. While the circuit is closed each of them counts; afterwards only those that probe, for
 * the others began before it opened.
 */
export function attemptEnded(
  circuit: Circuit,
  { runId, outcome }: { readonly runId: string; readonly outcome: AttemptOutcome },
  { policy, nowMs }: { readonly policy: BreakerPolicy; readonly nowMs: number },
): Circuit {
  if (outcome === "nothing") return released(circuit, runId);
  if (circuit.state === "open") return circuit;
  if (circuit.state === "half-open" && !circuit.probes.includes(runId)) return circuit;
  if (outcome === "succeeded") return circuit.failures === 0 ? circuit : closedCircuit;
  const failures = circuit.failures + 1;
  if (circuit.state === "closed" && failures < policy.failures) return { state: "closed", failures };
  return { state: "open", failures, openedMs: nowMs };
}

/** The run does not probe any more, and has shown nothing: the next one probes. */
export function released(circuit: Circuit, runId: string): Circuit {
  if (circuit.state !== "half-open" || !circuit.probes.includes(runId)) return circuit;
  return { ...circuit, probes: without(circuit.probes, runId) };
}

/** As it is after the end of the server, and with it of every run. */
export function withoutProbes(circuit: Circuit): Circuit {
  return circuit.state === "half-open" && circuit.probes.length > 0 ? { ...circuit, probes: [] } : circuit;
}

/** As it is to be shown: open only until its time is over. */
export function circuitAt(circuit: Circuit, policy: BreakerPolicy, nowMs: number): Circuit {
  if (circuit.state !== "open" || refusedUntilMs(circuit, policy, nowMs) !== undefined) return circuit;
  return { ...circuit, state: "half-open", probes: [], probedMs: nowMs };
}

function without(runIds: readonly string[], runId: string): readonly string[] {
  return runIds.filter((each) => each !== runId);
}
