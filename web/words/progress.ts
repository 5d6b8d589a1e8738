import type { Progress } from "../../gen/jobcontrol/v1/job_pb.ts";
import { grouped, rounded } from "./numbers.ts";

/** From 0 to 1; undefined where the total is not known. */
export function shareDone({ current, total }: Progress): number | undefined {
  return total > 0 ? Math.min(1, Math.max(0, current / total)) : undefined;
}

/** `37 %`, or the bare count where the total is not known. */
export function progressInShort(progress: Progress): string {
  const share = shareDone(progress);
  return share === undefined ? rounded(progress.current) : `${Math.floor(share * 100)} %`;
}

/** `1,240 of 14,036 files · hashing · a word of the work's own`. */
export function progressInWords({ current, total, unit, stage, message }: Progress): string {
  const count = total > 0 ? `${number(current)} of ${number(total)}` : number(current);
  return [`${count} ${unit}`.trim(), stage, message].filter((part) => part !== "").join(" · ");
}

function number(value: number): string {
  return Number.isInteger(value) ? grouped(value) : rounded(value);
}
