import {
  type AttemptOutcome,
  attemptBegan,
  attemptEnded,
  type Circuit,
  refusedUntilMs,
  released,
} from "../circuit.ts";
import type { Job } from "../job.ts";
import type { Context, Effect } from "../job-event.ts";
import type { JobFailure, RunStatus } from "../job-status.ts";
import type { BreakerPolicy } from "../job-type.ts";

/** How attempts meet the circuit of their type: whether they may begin, and what it learns from them. */

const circuitOpenReason = "CIRCUIT_OPEN";

/** Undefined where an attempt of the job may begin now; else when it is worth coming again. */
export function circuitRefusal({ status }: Job, { circuit, type, nowMs }: Context): number | undefined {
  if (type.breaker === undefined) return undefined;
  // Where a run of the job probed, it is over: a job has one run at a time.
  const current = released(circuit, status.currentRun?.runId ?? "");
  return refusedUntilMs(current, type.breaker, nowMs);
}

/** The failure of an attempt that was not begun. */
export function circuitFailure({ attempt }: RunStatus, { circuit, nowMs }: Context): JobFailure {
  const message =
    circuit.state === "half-open"
      ? "The circuit of its type is half-open, and another run probes"
      : `The circuit of its type is open: ${circuit.failures} attempts in a row have failed`;
  return { reason: circuitOpenReason, message, retryable: true, attempt, timeMs: nowMs };
}

/** True for a run whose present attempt was not begun, and so is still to come. */
export function wasRefused({ error }: RunStatus): boolean {
  return error?.reason === circuitOpenReason;
}

/** True for a run that is over, and of which no attempt has begun, nor the fallback: the circuit let none. */
export function neverBegan(run: RunStatus): boolean {
  return run.attempt === 1 && run.fallback === undefined && wasRefused(run);
}

/** The circuit after what was decided about a job. Each attempt that began in it is in the effects, and each that ended. */
export function circuitAfter(effects: readonly Effect[], { circuit, type, nowMs }: Context): Circuit {
  const { breaker } = type;
  if (breaker === undefined) return circuit;
  return effects.reduce((before, effect) => step(before, effect, { policy: breaker, nowMs }), circuit);
}

function step(circuit: Circuit, effect: Effect, options: StepOptions): Circuit {
  switch (effect.kind) {
    case "startRun":
      return isFallback(effect.run) ? circuit : attemptBegan(circuit, effect.run.runId, options.nowMs);
    case "endAttempt": {
      const { runId, failure } = effect;
      return attemptEnded(circuit, { runId, outcome: outcomeOf(failure) }, options);
    }
    case "recordRun": {
      // What the type's own work came to was told before the fallback began.
      if (isFallback(effect.run)) return circuit;
      const { runId, state, error } = effect.run;
      const outcome = state === "failed" ? outcomeOf(error) : state === "succeeded" ? "succeeded" : "nothing";
      return attemptEnded(circuit, { runId, outcome }, options);
    }
    default:
      return circuit;
  }
}

interface StepOptions {
  readonly policy: BreakerPolicy;
  readonly nowMs: number;
}

function isFallback({ fallback }: RunStatus): boolean {
  return fallback !== undefined;
}

/** An input that nothing could be done with says nothing of the work, and an attempt that was refused nothing new. */
function outcomeOf(failure: JobFailure | undefined): AttemptOutcome {
  const { reason } = failure ?? {};
  return reason === circuitOpenReason || reason === "INVALID_INPUT" ? "nothing" : "failed";
}
