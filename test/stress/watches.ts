import fc from "fast-check";
import type { WatchRequest } from "../../src/control/watch/watch.ts";
import { jobIds } from "./commands.ts";

/** A watch of the random tests: what is asked for, and how it is read. */
export interface AnyWatch {
  readonly request: WatchRequest;
  /** True: it reads as soon as there is something. False: when a step says so. */
  readonly isEager: boolean;
}

const someJobs = fc.oneof(
  { weight: 2, arbitrary: fc.constant([]) },
  { weight: 2, arbitrary: fc.constantFrom(...jobIds).map((jobId) => [jobId]) },
  { weight: 1, arbitrary: fc.shuffledSubarray([...jobIds, "never"], { minLength: 2 }) },
);

const request: fc.Arbitrary<WatchRequest> = fc
  .record({
    jobIds: someJobs,
    labels: fc.oneof(
      { weight: 2, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constant({ team: "red" }) },
    ),
    resumeToken: fc.constant(""),
    delivery: fc.constantFrom("latest" as const, "every-transition" as const),
    minIntervalMs: fc.constantFrom(0, 0, 0, 200),
    bookmarkMs: fc.constantFrom(1000, 1000, 1000, 100),
    until: fc.oneof(
      { weight: 6, arbitrary: fc.constant("cancelled" as const) },
      {
        weight: 2,
        arbitrary: fc.constantFrom(
          "all-settled" as const,
          "current-run-done" as const,
          "snapshot-end" as const,
        ),
      },
    ),
    maxChanges: fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 3),
    skipSnapshot: fc.constantFrom(false, false, false, false, false, true),
  })
  .map((made) => (made.until === "current-run-done" ? { ...made, jobIds: [made.jobIds[0] ?? "a"] } : made));

export const anyWatch: fc.Arbitrary<AnyWatch> = fc.record({
  request,
  isEager: fc.constantFrom(true, false, false),
});
