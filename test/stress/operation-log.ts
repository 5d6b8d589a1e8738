import { JobControlError } from "../../src/job/errors.ts";
import type { Answer, Command } from "./commands.ts";
import type { RunEnd } from "./job-model.ts";

/**
 * Something that happened to one job: a call, from the moment it was made to the moment it was answered, or the end
 * of a run. The moments only count.
 */
export interface Operation {
  readonly jobId: string;
  readonly what: Asked | RunEnd;
  readonly invokedAt: number;
  /** Infinite: it was never answered. */
  answeredAt: number;
  result: Result;
}

/** A command as it was sent. */
export interface Asked {
  readonly kind: "call";
  readonly command: Command;
  readonly etag: string;
  /** Empty: none. */
  readonly requestId: string;
}

export type Result =
  | { readonly kind: "answered"; readonly answer: Answer }
  | { readonly kind: "refused"; readonly code: string }
  /** Nobody has heard what became of it: it may have taken effect, or not. */
  | { readonly kind: "unknown" };

/** Writes down what was asked and answered, in the order in which it happened. */
export class OperationLog {
  readonly operations: Operation[] = [];
  #moment = 0;
  #unanswered = 0;

  /** How many callers still wait. */
  get unanswered(): number {
    return this.#unanswered;
  }

  moment(): number {
    return ++this.#moment;
  }

  /** Writes down a call and what comes of it. Resolves with its result; never rejects. */
  async call(asked: Omit<Asked, "kind">, send: () => Promise<Answer>): Promise<Result> {
    const operation: Operation = {
      jobId: asked.command.jobId,
      what: { kind: "call", ...asked },
      invokedAt: this.moment(),
      answeredAt: Number.POSITIVE_INFINITY,
      result: { kind: "unknown" },
    };
    this.operations.push(operation);
    this.#unanswered++;
    const result = await resultOf(send());
    this.#unanswered--;
    operation.result = tellsNothing(asked.command, result) ? { kind: "unknown" } : result;
    if (operation.result.kind !== "unknown") operation.answeredAt = this.moment();
    return operation.result;
  }

  /** Writes down that a run ends, at some moment from now or, where it is given, from another on. */
  runEnd(jobId: string, end: Omit<RunEnd, "kind">, invokedAt = this.moment()): void {
    this.operations.push({
      jobId,
      what: { kind: "run-end", ...end },
      invokedAt,
      answeredAt: Number.POSITIVE_INFINITY,
      result: { kind: "unknown" },
    });
  }

  /** Everything that has happened has taken effect by now. */
  settle(): void {
    const moment = this.moment();
    for (const operation of this.operations)
      if (operation.what.kind === "run-end") operation.answeredAt = Math.min(operation.answeredAt, moment);
  }
}

/** Who is answered when his command is queued does not hear what it came to. */
function tellsNothing(command: Command, { kind }: Result): boolean {
  return kind === "answered" && "replyMode" in command && command.replyMode === "accepted";
}

async function resultOf(answer: Promise<Answer>): Promise<Result> {
  try {
    return { kind: "answered", answer: await answer };
  } catch (error) {
    if (error instanceof JobControlError) return { kind: "refused", code: error.code };
    // The caller went away after its command had been taken: the reason of its signal, and nothing else.
    if (error instanceof Error && error.name === "AbortError") return { kind: "unknown" };
    throw error;
  }
}
