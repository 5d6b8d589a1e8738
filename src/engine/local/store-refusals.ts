import { JobControlError, type Refusal } from "../../job/errors.ts";
import { storeUnavailable, storeUnreadable } from "./refusals.ts";

/** What callers are told of a store that failed to write: its own words, but never those of anything else. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof JobControlError ? error.refusal : storeUnavailable;
}

/** What the store cannot read is not there to be had now, and no fault of the caller's. */
export async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw cause instanceof JobControlError ? cause : new JobControlError(storeUnreadable, { cause });
  }
}
