import { JobControlError } from "../../src/job/errors.ts";

/** The names of the fields that are refused; none where the request is taken. */
export function wrongFields(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof JobControlError) || error.code !== "INVALID_FIELD") throw error;
    return (error.refusal.violations ?? []).map(({ field }) => field);
  }
}
