import type { Clock } from "../../async/clock.ts";
import type { Place } from "../../async/linked-list.ts";
import { type Command, isChange } from "../../job/command.ts";
import type { Refusal } from "../../job/errors.ts";
import type { Outcome, Receipt, Settlement } from "../../job/settlement.ts";
import type { Delivery, TokenWaitOf } from "../engine.ts";
import { type AwaitedCommand, Caller, type CallerOptions } from "./caller.ts";

export interface QueuedCommandOptions {
  readonly clock: Clock;
  /** Equal for equal requests; empty where it has no request id. */
  readonly content: string;
  /** How much of its wait in its lane was for a token. Asked while it is there. */
  readonly tokenWaitMs: TokenWaitOf;
  /** Called when it has its place and is accepted for good: to be written, and then admitted. */
  readonly onPlaced: (entry: QueuedCommand) => void;
  /** Called when its last caller has left before it was taken: it must be withdrawn and refused. */
  readonly onAbandoned: (entry: QueuedCommand, outcome: "cancelled" | "expired") => void;
  /** Called once when it is to end without a commit: to be settled so, at once or when that is written. */
  readonly onRefused: (entry: QueuedCommand, settlement: Settlement) => void;
  /** Called once, whatever its fate. */
  readonly onSettled: (entry: QueuedCommand) => void;
}

/**
 * One command on its way through the local engine: from its arrival, perhaps waiting for room, through its
 * lane, to the one settlement that all its callers are told. Several callers can wait for it, by the same
 * request id.
 */
export class QueuedCommand implements Delivery, AwaitedCommand {
  readonly command: Command;
  readonly content: string;
  acceptTimeMs = 0;
  acceptedAtMs = 0;
  /** Where it is among those that the leader has taken and not settled; the lanes keep it. */
  takenAt: Place<QueuedCommand> | undefined;
  readonly #options: QueuedCommandOptions;
  readonly #arrivedAtMs: number;
  readonly #callers: Caller[] = [];
  #stage: "arrived" | "accepted" | "taken" | "settled" = "arrived";
  #acceptOrder = 0;
  #waitedForRoom = false;
  /** True: it stays, whoever goes away. */
  #isKept = false;
  #isAdmitted = false;
  /** How it is to end, as soon as that is written. */
  #refused: Settlement | undefined;
  #replayed = false;
  #settlement: Settlement | undefined;
  #isTold = false;

  constructor(command: Command, options: QueuedCommandOptions) {
    this.command = command;
    this.content = options.content;
    this.#options = options;
    this.#arrivedAtMs = options.clock.monotonic();
  }

  get settlement(): Settlement | undefined {
    return this.#settlement;
  }

  get isTold(): boolean {
    return this.#isTold;
  }

  /** Its place in the order of acceptance, over all lanes; 0 before it. */
  get acceptOrder(): number {
    return this.#acceptOrder;
  }

  acceptedBefore(order: number): boolean {
    return this.#acceptOrder > 0 && this.#acceptOrder < order;
  }

  /** True until its callers can be told that it is accepted, or it is settled without having come so far. */
  get isPending(): boolean {
    return !this.#isAdmitted && this.#stage !== "settled";
  }

  /** True where its callers are answered once it is queued; the store must not lose it from then on. */
  get isForGood(): boolean {
    return this.command.replyMode === "accepted" && isChange(this.command);
  }

  /** True where the store holds it, to be applied in another life if not in this one. */
  get isDurable(): boolean {
    return this.isForGood && this.#isAdmitted;
  }

  /** Why it was never accepted; unset where it was, still may be, or was answered before. */
  get refusal(): Refusal | undefined {
    return !this.#isAdmitted && !this.#replayed ? this.#settlement?.refusal : undefined;
  }

  get replayed(): boolean {
    return this.#replayed;
  }

  /** Adds a caller, who leaves when the signal fires or the deadline is near. */
  join(options: CallerOptions): Caller {
    const caller = new Caller(this, options);
    if (this.#isTold) return caller;
    this.#callers.push(caller);
    if (!this.#isKept) caller.watch(this.#options.clock);
    return caller;
  }

  /** The command goes with the last of its callers. */
  leave(caller: Caller): void {
    if (this.#callers.length === 1) {
      this.#abandon(caller.isLate ? "expired" : "cancelled");
    } else {
      this.#callers.splice(this.#callers.indexOf(caller), 1);
      caller.dismiss();
      this.expireIfLate();
    }
  }

  expireIfLate(): void {
    for (const caller of this.#callers) if (!caller.isLate) return;
    this.#abandon("expired");
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
    if (this.isForGood) this.#options.onPlaced(this);
    else this.admit();
  }

  /** Its callers are told that it is accepted. */
  admit(): void {
    this.#isAdmitted = true;
    for (const caller of this.#callers) caller.admit();
  }

  /** It was accepted in an earlier life of the store: it has its place again, and no caller. */
  restore(order: number, acceptTimeMs: number): void {
    const { clock } = this.#options;
    this.#stage = "accepted";
    this.#acceptOrder = order;
    this.acceptTimeMs = acceptTimeMs;
    this.acceptedAtMs = clock.monotonic() - Math.max(0, clock.now() - acceptTimeMs);
    this.#isAdmitted = true;
    this.#keep();
  }

  /** The consumer has it: it will be settled by a commit, whoever goes away. */
  take(): void {
    this.#stage = "taken";
    this.#keep();
  }

  /** It could not be applied or committed, and waits again, as before it was taken. */
  giveBack(): void {
    this.#stage = "accepted";
    if (this.command.replyMode === "accepted") return;
    this.#isKept = false;
    for (const caller of this.#callers) caller.watch(this.#options.clock);
  }

  /** How much of its wait so far was for a token. It is told by its place: ask before it loses that. */
  get tokenWaitMs(): number {
    return this.#stage === "accepted" ? this.#options.tokenWaitMs(this) : 0;
  }

  receipt(outcome: Outcome, waitedForTokenMs = this.tokenWaitMs): Receipt {
    const { commandId, requestId } = this.command;
    const nowMs = this.#options.clock.monotonic();
    const acceptedAtMs = this.#stage === "arrived" ? nowMs : this.acceptedAtMs;
    const waitedMs = nowMs - acceptedAtMs;
    const tokenWaitMs = Math.min(waitedMs, waitedForTokenMs);
    return {
      commandId,
      requestId,
      outcome,
      acceptTimeMs: this.acceptTimeMs,
      spaceWaitMs: this.#waitedForRoom ? acceptedAtMs - this.#arrivedAtMs : 0,
      queueWaitMs: waitedMs - tokenWaitMs,
      tokenWaitMs,
    };
  }

  /** It has been answered before, and ends with that answer. */
  replay(settlement: Settlement): void {
    this.#replayed = true;
    this.settle(settlement);
  }

  /** It ends without having been applied. `tokenWaitMs`: where it has lost its place already. */
  refuse(outcome: Outcome, refusal: Refusal, tokenWaitMs?: number): void {
    if (this.#stage === "settled" || this.#refused !== undefined) return;
    this.#refused = { receipt: this.receipt(outcome, tokenWaitMs), revision: 0, refusal };
    this.#options.onRefused(this, this.#refused);
  }

  /** The store does not hold it: where it was to end without having been applied, it does so now. */
  settleRefused(): void {
    if (this.#refused !== undefined) this.settle(this.#refused);
  }

  /** It was to end so, but that cannot be written: where the store holds it, it goes on in the store's next life. */
  settleUnwritten(settlement: Settlement): void {
    this.settle(this.isDurable ? { receipt: this.receipt("accepted"), revision: 0 } : settlement);
  }

  /** It ends, and every caller hears how. */
  settle(settlement: Settlement): void {
    this.end(settlement);
    this.tell();
  }

  /** It ends, for all but its callers: they hear of it by `tell`. The first settlement stands. */
  end(settlement: Settlement): void {
    if (this.#stage === "settled") return;
    this.#stage = "settled";
    this.#settlement = settlement;
    this.#options.onSettled(this);
  }

  /** Every caller hears how it has ended. */
  tell(): void {
    const settlement = this.#settlement;
    if (settlement === undefined) return;
    this.#isTold = true;
    for (const caller of this.#callers) caller.settle(settlement);
    this.#callers.length = 0;
  }

  #keep(): void {
    this.#isKept = true;
    for (const caller of this.#callers) caller.unwatch();
  }

  #abandon(outcome: "cancelled" | "expired"): void {
    this.#options.onAbandoned(this, outcome);
  }
}
