import { failureInWords } from "../words/failure.ts";
import type { Cause } from "./connection.ts";

/** Why a stream ended, in one sentence. */
export function causeInWords(cause: Cause): string {
  switch (cause.kind) {
    case "cut":
      return "The connection was cut.";
    case "silent":
      return "The server has gone silent.";
    case "closed":
      return cause.words;
    case "failed":
      return cause.failure.reason === "" ? "The server cannot be reached." : failureInWords(cause.failure);
  }
}
