import type { Schedule } from "./schedule.ts";

/**
 * What the operator declared under one name, as far as the control of its jobs goes. The work itself is the
 * runner's, which knows it by the same name.
 */
export interface JobType {
  readonly name: string;
  /** Unset: the job runs once for each Start. */
  readonly schedule?: Schedule | undefined;
  /** How long a stopped run may take to end by itself, before it is ended by force. */
  readonly stopGraceMs: number;
  /** How long a settled job is kept. */
  readonly retentionMs: number;
  /** True: there is no job of the type's own name, only those that Start makes. */
  readonly template: boolean;
}

/** Stands for a type that the configuration no longer has, while a job of it is still there. */
export function undeclaredType(name: string): JobType {
  return { name, stopGraceMs: 10_000, retentionMs: 24 * 60 * 60 * 1000, template: true };
}
