import type { Clock } from "../async/clock.ts";
import type { Engine, Ticket } from "../engine/engine.ts";
import { turnsUntilOwn, waitingIn } from "../engine/lane-turns.ts";
import { type Command, deadlineMarginMs } from "../job/command.ts";
import { JobControlError, type Refusal } from "../job/errors.ts";
import { isReplayed, type Settlement } from "../job/settlement.ts";
import type { TokenSource } from "../limiter/token-source.ts";
import type { EventRate } from "./event-rate.ts";
import type { Call } from "./job-control.ts";
import { deadlineUnreachable, draining } from "./refusals.ts";
import type { StatusHub } from "./watch/status-hub.ts";

export interface SubmissionOptions {
  readonly engine: Engine;
  readonly hub: StatusHub;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** Told of every command that is accepted. */
  readonly accepted: EventRate;
}

/**
 * How a command gets into its lane, and what its caller is told: refused at once where it cannot be in time or the
 * service drains, with a time after which a retry gets through; answered once every watcher can see what it did.
 */
export class Submission {
  readonly #options: SubmissionOptions;
  readonly #engine: Engine;
  readonly #hub: StatusHub;
  #draining = false;

  constructor(options: SubmissionOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.#hub = options.hub;
  }

  /** From now on new commands are refused. What is queued goes on. */
  drain(): void {
    this.#draining = true;
  }

  get isDraining(): boolean {
    return this.#draining;
  }

  /** Submits it, and waits for what became of it. */
  async settled(command: Command, call: Call): Promise<Settlement> {
    return this.outcome(await this.submit(command, call), call);
  }

  async submit(command: Command, { signal }: Call): Promise<Ticket> {
    if (this.#draining) throw new JobControlError(draining);
    const late = this.#lateness(command);
    if (late !== undefined && !(await this.#isKnown(command))) throw new JobControlError(late);
    try {
      const ticket = await this.#engine.submit(command, { signal });
      if (!ticket.replayed) this.#options.accepted.add(1);
      return ticket;
    } catch (error) {
      throw error instanceof JobControlError ? new JobControlError(this.#withRetry(error.refusal)) : error;
    }
  }

  /** The refusal of what could not get its token in time, given what waits before it. */
  #lateness({ deadlineMs, priority, replyMode }: Command): Refusal | undefined {
    if (deadlineMs === undefined || replyMode === "accepted") return undefined;
    const { lanes } = this.#engine.stats();
    const waitMs = this.#options.tokens.waitFor(turnsUntilOwn(priority, lanes));
    if (waitMs === 0) return undefined;
    const remainingMs = deadlineMs - this.#options.clock.now();
    const lateMs = waitMs - (remainingMs - deadlineMarginMs(remainingMs));
    return lateMs < 0 ? undefined : deadlineUnreachable(Math.ceil(waitMs), Math.ceil(lateMs) + slackMs);
  }

  /** True where its request id has an answer, which is given again without a token, or belongs to a command that is queued. */
  async #isKnown({ requestId }: Command): Promise<boolean> {
    if (requestId === "") return false;
    const receipt = await this.#engine.receipt({ requestId });
    return receipt !== undefined && isReplayed(receipt.outcome);
  }

  /** What became of a command; rejects where it was refused. */
  async outcome(ticket: Ticket, call: Call): Promise<Settlement> {
    const { refusal } = await ticket.settled();
    if (refusal !== undefined) throw new JobControlError(this.#withRetry(refusal));
    return this.fate(ticket, call);
  }

  /** What became of a command, refused or not, once the hub shows it too: who is answered will see it wherever he looks. */
  async fate(ticket: Ticket, call: Call): Promise<Settlement> {
    const settlement = await ticket.settled();
    if (settlement.revision > this.#hub.revision) await this.#hub.reached(settlement.revision, call);
    return settlement;
  }

  /** Where room is all that lacks, tells when there should be some: as soon as what waits has got its tokens. */
  #withRetry(refusal: Refusal): Refusal {
    if (
      refusal.retryAfterMs !== undefined ||
      !(refusal.code === "CHANNEL_FULL" || refusal.code === "COMMAND_EVICTED")
    ) {
      return refusal;
    }
    const waitMs = this.#options.tokens.waitFor(waitingIn(this.#engine.stats().lanes) + 1);
    return { ...refusal, retryAfterMs: Math.ceil(waitMs) + slackMs };
  }
}

/** Added to the time after which a retry gets through, for the way of the call and the timers' grain. */
const slackMs = 10;
