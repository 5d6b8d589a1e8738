import type { Clock } from "../../async/clock.ts";
import { type Command, deadlineMarginMs } from "../../job/command.ts";
import type { Refusal } from "../../job/errors.ts";
import type { Outcome, Receipt, Settlement } from "../../job/settlement.ts";
import type { Delivery, Ticket } from "../engine.ts";

export interface QueuedCommandOptions {
  readonly clock: Clock;
  /** What `contentOf` made of the command; empty where it has no request id. */
  readonly content: string;
  /** Called when its last caller has left before it was taken: it must be withdrawn and refused. */
  readonly onAbandoned: (entry: QueuedCommand, outcome: "cancelled" | "expired") => void;
  /** Called once, whatever its fate. */
  readonly onSettled: (entry: QueuedCommand) => void;
}

/**
 * One command on its way through the local engine: from its arrival, perhaps waiting for room, through its
 * lane, to the one settlement that all its callers are told. Several callers can wait for it, by the same
 * request id.
 */
export class QueuedCommand implements Delivery {
  readonly command: Command;
  readonly content: string;
  acceptTimeMs = 0;
  acceptedAtMs = 0;
  readonly #options: QueuedCommandOptions;
  readonly #arrivedAtMs: number;
  readonly #callers = new Set<Caller>();
  #stage: "arrived" | "accepted" | "taken" | "settled" = "arrived";
  #acceptOrder = 0;
  #waitedForRoom = false;
  #settlement: Settlement | undefined;

  constructor(command: Command, options: QueuedCommandOptions) {
    this.command = command;
    this.content = options.content;
    this.#options = options;
    this.#arrivedAtMs = options.clock.monotonic();
  }

  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  /** Its place in the order of acceptance, over all lanes; 0 before it. */
  get acceptOrder(): number {
    return this.#acceptOrder;
  }

  acceptedBefore(order: number): boolean {
    return this.#acceptOrder > 0 && this.#acceptOrder < order;
  }

  /** Adds a caller, who leaves when the signal fires. `replayed`: another brought the command in. */
  join(signal: AbortSignal | undefined, replayed: boolean): Ticket {
    const caller = new Caller(this, { signal, replayed });
    if (this.#settlement !== undefined) caller.settle(this.#settlement);
    else {
      this.#callers.add(caller);
      caller.watch(this.#options.clock);
    }
    return caller;
  }

  /** A caller goes away. The command goes with the last of them, unless it was taken or accepted for good. */
  leave(caller: Caller): void {
    if (this.#callers.size > 1) {
      this.#callers.delete(caller);
      caller.dismiss();
    } else {
      this.#options.onAbandoned(this, this.#isLate() ? "expired" : "cancelled");
    }
  }

  /** The deadline is near: the command ends, unless others wait for it too. */
  expire(): void {
    if (this.#callers.size === 1) this.#options.onAbandoned(this, "expired");
  }

  /** Its lane is full, and it waits for room. */
  waitForRoom(): void {
    this.#waitedForRoom = true;
  }

  /** It has its place in a lane. */
  accept(order: number): void {
    if (this.#stage !== "arrived") return;
    this.#stage = "accepted";
    this.#acceptOrder = order;
    this.acceptTimeMs = this.#options.clock.now();
    this.acceptedAtMs = this.#options.clock.monotonic();
    if (this.command.replyMode === "accepted") this.#keep();
  }

  /** The consumer has it: it will be settled by a commit, whoever goes away. */
  take(): void {
    this.#stage = "taken";
    this.#keep();
  }

  receipt(outcome: Outcome): Receipt {
    const { commandId, requestId } = this.command;
    const nowMs = this.#options.clock.monotonic();
    const acceptedAtMs = this.#stage === "arrived" ? nowMs : this.acceptedAtMs;
    return {
      commandId,
      requestId,
      outcome,
      acceptTimeMs: this.acceptTimeMs,
      spaceWaitMs: this.#waitedForRoom ? acceptedAtMs - this.#arrivedAtMs : 0,
      queueWaitMs: nowMs - acceptedAtMs,
      tokenWaitMs: 0,
    };
  }

  /** It ends without having been applied. */
  refuse(outcome: Outcome, refusal: Refusal): void {
    this.settle({ receipt: this.receipt(outcome), revision: 0, refusal });
  }

  /** The first settlement stands; every caller hears it. */
  settle(settlement: Settlement): void {
    if (this.#stage === "settled") return;
    this.#stage = "settled";
    this.#settlement = settlement;
    this.#options.onSettled(this);
    for (const caller of this.#callers) caller.settle(settlement);
    this.#callers.clear();
  }

  #keep(): void {
    for (const caller of this.#callers) caller.unwatch();
  }

  #isLate(): boolean {
    const { deadlineMs } = this.command;
    return deadlineMs !== undefined && this.#options.clock.now() >= deadlineMs;
  }
}

/** One caller's hold on a command: a ticket that is let go when the caller goes away. */
class Caller implements Ticket {
  readonly replayed: boolean;
  readonly #entry: QueuedCommand;
  readonly #signal: AbortSignal | undefined;
  readonly #settled = Promise.withResolvers<Settlement>();
  #unwatch: (() => void) | undefined;

  constructor(entry: QueuedCommand, options: { signal: AbortSignal | undefined; replayed: boolean }) {
    this.#entry = entry;
    this.#signal = options.signal;
    this.replayed = options.replayed;
  }

  get receipt(): Receipt {
    return this.#entry.settlement?.receipt ?? this.#entry.receipt("accepted");
  }

  settled(): Promise<Settlement> {
    return this.#settled.promise;
  }

  settle(settlement: Settlement): void {
    this.unwatch();
    this.#settled.resolve(settlement);
  }

  /** The command goes on, for others. */
  dismiss(): void {
    this.unwatch();
    this.#settled.promise.catch(ignoreUnasked);
    this.#settled.reject(this.#signal?.reason);
  }

  /** From now on the command ends when the caller goes away, or its deadline is near. */
  watch(clock: Clock): void {
    const { deadlineMs } = this.#entry.command;
    const leave = () => this.#entry.leave(this);
    this.#signal?.addEventListener("abort", leave, { once: true });
    const timer =
      deadlineMs === undefined
        ? undefined
        : clock.setTimer(untilNear(deadlineMs - clock.now()), () => this.#entry.expire());
    this.#unwatch = () => {
      this.#signal?.removeEventListener("abort", leave);
      timer?.cancel();
    };
  }

  unwatch(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }
}

function untilNear(remainingMs: number): number {
  return remainingMs - deadlineMarginMs(remainingMs);
}

/** Who went away may never ask what became of the command. */
function ignoreUnasked(): void {}
