import { type Abortable, abortable } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { WakeUp } from "../async/wake-up.ts";
import type { CommandQueue, Decision, Lease } from "../engine/engine.ts";
import { JobControlError } from "../job/errors.ts";
import type { TokenSource } from "../limiter/token-source.ts";
import { type Allowance, CommandApplier, takesEffect } from "./command-applier.ts";
import { EventQueue } from "./event-queue.ts";
import type { EventRate } from "./event-rate.ts";
import type { PostedEvent } from "./posted-event.ts";
import type { Supervisor } from "./supervisor.ts";

export interface ConsumerOptions {
  readonly supervisor: Supervisor;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** Told of every command that took effect, or found its job as asked. */
  readonly applied: EventRate;
  /** Resolves once the hub shows this revision: it is never left behind by more than one batch. */
  readonly shown: (revision: number) => Promise<void>;
}

/**
 * The single consumer: the only one that lets a job change. Round by round it handles the events that were
 * posted, applies the commands that there are tokens for, commits both as one batch, and has carried out what
 * follows. It takes a token first and then the best command, so that a Stop that arrives during the wait for the
 * token still goes first.
 *
 * While the store cannot write, what has happened to jobs is held back and tried again now and then. Commands are
 * then applied one by one, each in a batch of its own, so that what needs no writing, or can still be written, is not
 * refused with what cannot.
 */
export class Consumer {
  readonly #supervisor: Supervisor;
  readonly #clock: Clock;
  readonly #applied: EventRate;
  readonly #shown: (revision: number) => Promise<void>;
  readonly #wakeUp = new WakeUp();
  readonly #conditions = new Set<Condition>();
  readonly #events = new EventQueue();
  readonly #applier: CommandApplier;
  /** True while it listens for commands, so that it never does so twice. */
  #listening = false;
  #commands: CommandQueue | undefined;
  /** When events are tried again, on the monotonic clock. Set while the store cannot write. */
  #retryAtMs: number | undefined;
  /** True where what was set aside has not been tried since something changed that it may wait for. */
  #triesAside = false;
  #takesCommands = true;
  #stopped = false;

  constructor({ supervisor, tokens, clock, applied, shown }: ConsumerOptions) {
    this.#supervisor = supervisor;
    this.#applier = new CommandApplier({ supervisor, tokens, clock });
    this.#clock = clock;
    this.#applied = applied;
    this.#shown = shown;
  }

  /** Queues something that happened to a job. It is handled in the next round and costs no token. */
  post(event: PostedEvent): void {
    this.#events.push(event);
    this.#wakeUp.wake();
  }

  /** Leads until `stop` is called, the lease is lost, or the engine has no more commands. */
  async run(lease: Lease): Promise<void> {
    const wake = () => this.#wakeUp.wake();
    lease.lost.addEventListener("abort", wake);
    this.#commands = lease.commands;
    try {
      while (!this.#stopped && !lease.lost.aborted) {
        if (this.#isIdle(lease.commands)) await this.#rest(lease.commands);
        else await this.#round(lease);
      }
    } finally {
      lease.lost.removeEventListener("abort", wake);
    }
  }

  /** How long this command has waited for its token so far: not at all unless its turn is next. */
  tokenWaitMs(commandId: string): number {
    const next = this.#commands?.tryPeek();
    return next?.command.commandId === commandId ? this.#applier.tokenWaitOf(next) : 0;
  }

  /** Tokens come at another pace from now on: it does not rest by the old one. */
  limitsChanged(): void {
    this.#wakeUp.wake();
  }

  /** Applies no more commands: those that wait, and those that come, end as drained. Events are handled as before. */
  refuseCommands(): void {
    this.#takesCommands = false;
    this.#triesAside = true;
    this.#wakeUp.wake();
  }

  /** Ends the loop after the round that is going on. */
  stop(): void {
    this.#stopped = true;
    this.#wakeUp.wake();
    for (const { resolve } of this.#conditions) resolve();
  }

  /**
   * Resolves after the first round at whose end `isMet`, given the commands that still wait and those that were set
   * aside, or when there will be no more rounds.
   * Cancellation: rejects with the signal's reason.
   */
  async until(isMet: Condition["isMet"], { signal }: Abortable = {}): Promise<void> {
    if (this.#stopped) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const condition = { isMet, resolve };
    this.#conditions.add(condition);
    this.#wakeUp.wake();
    try {
      await abortable(promise, signal);
    } finally {
      this.#conditions.delete(condition);
    }
  }

  async #round(lease: Lease): Promise<void> {
    const { commands } = lease;
    const events = this.#stageEvents();
    const allowance = this.#allowance(events);
    const { decisions, tokenInMs } = this.#takesCommands
      ? await this.#applier.apply(commands, allowance)
      : this.#applier.refuse(commands, largestBatch);
    const { changes, jobs, runs } = this.#supervisor.batch;
    if (changes.length === 0 && decisions.length === 0) {
      if (allowance.setAside) this.#triesAside = false;
      if (this.#retryInMs === 0) this.#retryAtMs = undefined;
      if (tokenInMs > 0 && (this.#events.isEmpty || this.#retryInMs > 0))
        await this.#rest(commands, tokenInMs);
      return;
    }
    this.#triesAside = true;
    try {
      await lease.commit({ changes, jobs, runs, decisions });
      await this.#carryOut(decisions, changes.length > 0);
    } catch (error) {
      // The engine has told the callers.
      if (!(error instanceof JobControlError)) throw error;
      this.#takeBack(events);
    }
    this.#resolveConditions(commands);
  }

  async #carryOut(decisions: readonly Decision[], hasChanges: boolean): Promise<void> {
    this.#applied.add(decisions.filter(({ outcome }) => takesEffect(outcome)).length);
    if (!hasChanges) return;
    const { revision } = this.#supervisor;
    this.#supervisor.carryOut();
    this.#retryAtMs = undefined;
    await this.#shown(revision);
  }

  /** What happened to the jobs has happened, and is tried again. */
  #takeBack(events: readonly PostedEvent[]): void {
    this.#supervisor.rollback();
    this.#events.putBack(events);
    if (this.#retryInMs === 0) this.#retryAtMs = this.#clock.monotonic() + retryCommitMs;
  }

  get #retryInMs(): number {
    return this.#retryAtMs === undefined ? 0 : Math.max(0, this.#retryAtMs - this.#clock.monotonic());
  }

  #stageEvents(): readonly PostedEvent[] {
    if (this.#retryInMs > 0) return [];
    this.#supervisor.recover();
    const events = this.#events.take(largestBatch);
    for (const event of events) this.#supervisor.handle(event);
    return events;
  }

  /** No command is applied to what a restart has left behind before it is known what became of it. */
  #allowance(events: readonly PostedEvent[]): Allowance {
    if (!this.#supervisor.isRecovered) return { commands: 0, setAside: false };
    if (this.#retryAtMs === undefined) return { commands: largestBatch, setAside: true };
    return { commands: events.length > 0 ? 0 : 1, setAside: this.#retryInMs === 0 };
  }

  /** True where a round would find nothing to do. */
  #isIdle({ count, asideCount }: CommandQueue): boolean {
    const { isRecovered } = this.#supervisor;
    if (this.#retryInMs > 0) return count === 0 || !isRecovered;
    const triesAside = asideCount > 0 && this.#triesAside;
    return isRecovered && this.#events.isEmpty && count === 0 && !triesAside;
  }

  /** Waits for an event, and for what it lacks: a token, another try to write, or else a command. */
  async #rest(commands: CommandQueue, tokenInMs = 0): Promise<void> {
    this.#resolveConditions(commands);
    if (tokenInMs === 0 && this.#supervisor.isRecovered) this.#listen(commands);
    const lacks = [tokenInMs, this.#retryInMs].filter((ms) => ms > 0);
    const timer =
      lacks.length > 0 ? this.#clock.setTimer(Math.min(...lacks), () => this.#wakeUp.wake()) : undefined;
    await this.#wakeUp.wait();
    timer?.cancel();
  }

  #resolveConditions({ count, asideCount }: CommandQueue): void {
    for (const condition of this.#conditions) if (condition.isMet(count, asideCount)) condition.resolve();
  }

  #listen(commands: CommandQueue): void {
    if (this.#listening) return;
    this.#listening = true;
    void commands.waitToRead().then((more) => {
      this.#listening = false;
      if (more) this.#wakeUp.wake();
      else this.stop();
    });
  }
}

interface Condition {
  readonly isMet: (waiting: number, setAside: number) => boolean;
  readonly resolve: () => void;
}

/** How many events are handled, and commands applied, before what they came to is committed. */
const largestBatch = 256;

const retryCommitMs = 500;
