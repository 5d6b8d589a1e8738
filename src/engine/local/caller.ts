import { onAbort } from "../../async/abort.ts";
import type { Clock, Timer } from "../../async/clock.ts";
import { deadlineMarginMs } from "../../job/command.ts";
import type { Outcome, Receipt, Settlement } from "../../job/settlement.ts";
import type { Ticket } from "../engine.ts";

/** The command, as its callers see it. */
export interface AwaitedCommand {
  /** Its fate, once it has one. */
  readonly settlement: Settlement | undefined;
  /** True once its callers are told of its fate. */
  readonly isTold: boolean;
  /** True: it was answered before, in an earlier life of its request id. */
  readonly replayed: boolean;
  receipt(outcome: Outcome): Receipt;
  /** A caller goes away. */
  leave(caller: Caller): void;
  /** Ends the command where no caller is left who would still hear of it in time. */
  expireIfLate(): void;
}

export interface CallerOptions {
  readonly signal: AbortSignal | undefined;
  /** The caller's own: another call for the same command may have more time, or less. */
  readonly deadlineMs: number | undefined;
  /** True: another caller brought the command in. */
  readonly joined: boolean;
}

/** One caller's hold on a command: a ticket that is let go when the caller goes away. */
export class Caller implements Ticket {
  readonly #command: AwaitedCommand;
  readonly #options: CallerOptions;
  #admitted: PromiseWithResolvers<void> | undefined;
  #settled: PromiseWithResolvers<Settlement> | undefined;
  #unwatch: (() => void) | undefined;
  #isLate = false;
  #hasLeft = false;

  constructor(command: AwaitedCommand, options: CallerOptions) {
    this.#command = command;
    this.#options = options;
  }

  get replayed(): boolean {
    return this.#options.joined || this.#command.replayed;
  }

  get receipt(): Receipt {
    return this.#command.settlement?.receipt ?? this.#command.receipt("accepted");
  }

  /** True once its deadline is so near that only an answer given now would still reach it. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** Resolves once the command is in its lane or settled; rejects if this caller leaves before that. */
  admitted(): Promise<void> {
    this.#admitted ??= Promise.withResolvers();
    return this.#admitted.promise;
  }

  settled(): Promise<Settlement> {
    const { settlement, isTold } = this.#command;
    if (this.#hasLeft) return Promise.reject(this.#options.signal?.reason);
    if (settlement !== undefined && isTold) return Promise.resolve(settlement);
    this.#settled ??= Promise.withResolvers();
    return this.#settled.promise;
  }

  admit(): void {
    this.#admitted?.resolve();
  }

  settle(settlement: Settlement): void {
    this.unwatch();
    this.#admitted?.resolve();
    this.#settled?.resolve(settlement);
  }

  /** The command goes on, for others. */
  dismiss(): void {
    this.unwatch();
    this.#hasLeft = true;
    this.#admitted?.reject(this.#options.signal?.reason);
    this.#settled?.reject(this.#options.signal?.reason);
  }

  /** From now on the command can end because this caller goes away, or runs out of time. */
  watch(clock: Clock): void {
    const { signal, deadlineMs } = this.#options;
    if (signal === undefined && deadlineMs === undefined) return;
    const off = onAbort(signal, () => this.#command.leave(this));
    const timer = deadlineMs === undefined ? undefined : this.#expireNear(deadlineMs - clock.now(), clock);
    const unwatch = () => {
      off();
      timer?.cancel();
    };
    this.#unwatch = unwatch;
  }

  unwatch(): void {
    this.#unwatch?.();
    this.#unwatch = undefined;
  }

  #expireNear(remainingMs: number, clock: Clock): Timer {
    return clock.setTimer(remainingMs - deadlineMarginMs(remainingMs), () => {
      this.#isLate = true;
      this.#command.expireIfLate();
    });
  }
}
