import type { Progress } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { dim, styled } from "./style.ts";

export interface Bar {
  readonly done: string;
  readonly left: string;
}

/** A bar of so many columns, in its two parts; undefined where it is not known how much there is to do. */
export function barOf({ current, total }: Progress, columns: number): Bar | undefined {
  if (!(total > 0)) return undefined;
  // What the work says is not checked by anybody.
  const share = Math.min(1, Math.max(0, current / total)) || 0;
  const done = Math.floor(share * columns);
  return { done: "█".repeat(done), left: "░".repeat(columns - done) };
}

/** The bar with its colours; empty where there is none. */
export function progressBar(progress: Progress, columns: number): string {
  const bar = barOf(progress, columns);
  return bar === undefined ? "" : styled("cyan", bar.done) + dim(bar.left);
}
