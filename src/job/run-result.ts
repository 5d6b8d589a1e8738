import type { JsonObject } from "./json.ts";

/** How a run ended, as the runner tells it. Whether it was asked to stop is for the state machine to remember. */
export type RunResult =
  | {
      readonly kind: "succeeded";
      readonly result?: JsonObject | undefined;
      /** One sentence for a person, or empty. */
      readonly message: string;
      readonly exitCode?: number | undefined;
    }
  | {
      readonly kind: "failed";
      /**
       * THREW, ABORTED (it heeded a stop), INVALID_INPUT, INVALID_RESULT, EXIT_CODE, SIGNALLED, SPAWN_FAILED,
       * LOAD_FAILED, EXITED, TERMINATED, OUT_OF_MEMORY (of threads), ABANDONED (it could not be ended),
       * JOB_TYPE_NOT_FOUND.
       */
      readonly reason: string;
      readonly message: string;
      readonly retryable: boolean;
      readonly exitCode?: number | undefined;
    };
