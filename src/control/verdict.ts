import type { Refusal } from "../job/errors.ts";
import type { Answer } from "../job/settlement.ts";

/** What a command comes to. */
export type Verdict =
  | { readonly outcome: "applied" | "no-change"; readonly answer: Answer }
  | { readonly outcome: "rejected" | "dropped"; readonly refusal: Refusal }
  /** A Start that finds the queue of its type full waits for room in it; `refusal` is for one that cannot. */
  | { readonly outcome: "waits"; readonly refusal: Refusal };

export function rejected(refusal: Refusal): Verdict {
  return { outcome: "rejected", refusal };
}
