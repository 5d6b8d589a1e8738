import type { Abortable } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { LoopTurn } from "../../async/loop-turn.ts";
import { nextTurn } from "../../async/next-turn.ts";
import { WakeUp } from "../../async/wake-up.ts";
import type { CommandQueue, Lease } from "../../engine/engine.ts";
import { JobControlError } from "../../job/errors.ts";
import type { TokenSource } from "../../limiter/token-source.ts";
import type { EventRate } from "../event-rate.ts";
import { Batch, largestBatch } from "../supervisor/batch.ts";
import type { PostedEvent } from "../supervisor/posted-event.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import {
  type Allowance,
  CommandApplier,
  type CommandApplierOptions,
  takesEffect,
} from "./command-applier.ts";
import { type Condition, Conditions } from "./conditions.ts";
import { EventQueue } from "./event-queue.ts";
import { OpenBatch, type SentBatch } from "./open-batch.ts";
import { Outage } from "./outage.ts";
import { Pulse } from "./pulse.ts";

export interface ConsumerOptions {
  readonly supervisor: Supervisor;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly tracing?: CommandApplierOptions["tracing"];
  /** Told of every command that took effect, or found its job as asked. */
  readonly applied: EventRate;
  /** Resolves once the hub shows this revision: it is never left behind by more than two batches. */
  readonly shown: (revision: number) => Promise<void>;
}

/**
 * The single consumer: the only one that lets a job change. It handles the events that were posted, applies the
 * commands that there are tokens for, commits both as one batch, and has carried out what follows. It takes a token
 * first and then the best command, so that a Stop that arrives during the wait for the token still goes first.
 *
 * While one batch is being committed the next one fills, on top of it; should that commit fail, both are taken back. So
 * a batch is small: neither the store nor those who wait for their answers have to wait for one that goes on filling.
 *
 * While the store cannot write, what has happened to jobs is held back and tried again now and then. Commands are
 * then applied one by one, each in a batch of its own, so that what needs no writing, or can still be written, is not
 * refused with what cannot.
 */
export class Consumer {
  /** What its liveness is judged by. */
  readonly pulse: Pulse;
  readonly #supervisor: Supervisor;
  readonly #clock: Clock;
  readonly #applied: EventRate;
  readonly #shown: (revision: number) => Promise<void>;
  readonly #wakeUp = new WakeUp();
  readonly #turn: LoopTurn;
  readonly #conditions = new Conditions();
  readonly #events = new EventQueue();
  readonly #applier: CommandApplier;
  readonly #outage: Outage;
  /** The batch that fills. */
  readonly #open = new OpenBatch();
  /** The batch that is being committed. */
  #underWay: SentBatch | undefined;
  /** Commands of batches that were sent, whose callers have not been told yet. */
  #unanswered = 0;
  /** What is to be seen in the hub before the next batch fills. */
  #committedRevision = 0;
  #fault: { readonly error: unknown } | undefined;
  /** True while it listens for commands, so that it never does so twice. */
  #listening = false;
  /** True where what was set aside has not been tried since something changed that it may wait for. */
  #triesAside = false;
  #takesCommands = true;
  #stopped = false;

  constructor({ supervisor, tokens, clock, tracing, applied, shown }: ConsumerOptions) {
    this.pulse = new Pulse(clock);
    this.#supervisor = supervisor;
    this.#applier = new CommandApplier({ supervisor, tokens, clock, tracing });
    this.#clock = clock;
    this.#turn = new LoopTurn(clock);
    this.#outage = new Outage(clock);
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
    lease.explainWaits((command) => this.#applier.tokenWaitOf(command, lease.commands));
    this.pulse.works();
    try {
      while (!this.#stopped && !lease.lost.aborted) {
        await this.#round(lease);
        await this.#letOthersWork(lease.commands);
      }
      this.pulse.rests();
      while (this.#underWay !== undefined) await this.#wakeUp.wait();
    } finally {
      lease.lost.removeEventListener("abort", wake);
    }
    if (this.#fault !== undefined) throw this.#fault.error;
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
    this.#conditions.end();
  }

  /** As `Conditions.until`; looks at once, and whenever something has changed. */
  until(isMet: Condition, options: Abortable = {}): Promise<void> {
    const met = this.#conditions.until(isMet, options);
    this.#wakeUp.wake();
    return met;
  }

  async #round(lease: Lease): Promise<void> {
    const { commands } = lease;
    const shown = this.#committedRevision;
    this.#committedRevision = 0;
    if (shown > 0) await this.#shown(shown);
    // Looked at once: what it waits for is then what it has found to lack, though that is there a moment later.
    const { retryInMs } = this.#outage;
    if (this.#isIdle(commands, retryInMs)) return this.#rest(commands, { retryInMs });
    const tokenInMs = await this.#fill(commands);
    if (this.#underWay === undefined && this.#send(lease)) return;
    if (this.#underWay === undefined && !this.#outage.holdsBack) this.#outage.end();
    const lacks = { tokenInMs, retryInMs: this.#outage.retryInMs };
    if (tokenInMs > 0 && (this.#events.isEmpty || lacks.retryInMs > 0)) await this.#rest(commands, lacks);
  }

  /**
   * Whatever there is to do, and whoever keeps it busy in microtasks alone: connections and timers have their turns. But what comes
   * in many at a time would find its lane full meanwhile: as soon as that begins it goes on, and callers are told in turns.
   */
  async #letOthersWork(commands: CommandQueue): Promise<void> {
    if (this.#turn.isLong) {
      const goesOn = new AbortController();
      await Promise.race([nextTurn(), commands.waitToRead({ atLeast: many, signal: goesOn.signal })]);
      goesOn.abort();
    }
    this.pulse.works();
  }

  /** Decides about the events and commands that there are. Resolves with the time until there is a token for more. */
  async #fill(commands: CommandQueue): Promise<number> {
    if (!this.#supervisor.isRecovered && !this.#outage.holdsBack)
      await this.#supervisor.recover({ turn: this.#turn });
    this.#stageEvents();
    if (!this.#takesCommands) {
      this.#applier.refuse(commands, this.#open, largestBatch);
      return 0;
    }
    const allowance = this.#allowance();
    const { decided, tokenInMs } = await this.#applier.apply(commands, this.#open, allowance);
    if (allowance.setAside && decided === 0) this.#triesAside = false;
    return tokenInMs;
  }

  /** Has the open batch committed. False where there is nothing in it. */
  #send(lease: Lease): boolean {
    const hasChanges = !this.#supervisor.batch.isEmpty;
    const sent: SentBatch = { ...this.#open.take(), hasChanges };
    const { decisions } = sent;
    if (!hasChanges && decisions.length === 0) return false;
    // The batch that is not sealed goes on filling: nothing of it is handed out.
    const { changes, jobs, runs, circuits } = hasChanges ? this.#supervisor.seal() : nothing;
    this.#underWay = sent;
    this.pulse.sent();
    this.#triesAside = true;
    this.#unanswered += decisions.length;
    lease
      .commit({ changes, jobs, runs, circuits, decisions }, { onWritten: () => this.#land(lease, sent) })
      .catch((error: unknown) => this.#fail(lease, error))
      .finally(() => this.#answered(lease, sent));
    return true;
  }

  /** The batch is committed: first the store gets the next one, and then what follows from this one is carried out. */
  #land(lease: Lease, { decisions, hasChanges }: SentBatch): void {
    this.pulse.landed();
    if (hasChanges && !this.#supervisor.isRecovered) {
      void this.#landRecovery(this.#supervisor.takeCommitted());
      return;
    }
    this.#underWay = undefined;
    this.#applied.add(decisions.filter(({ outcome }) => takesEffect(outcome)).length);
    const batch = hasChanges ? this.#supervisor.takeCommitted() : undefined;
    if (hasChanges) this.#outage.end();
    this.#send(lease);
    if (batch !== undefined) {
      this.#committedRevision = batch.revision;
      this.#supervisor.carryOut(batch);
    }
    this.#wakeUp.wake();
  }

  /** What follows from a restart is committed. Nothing is decided on top of it before it is carried out. */
  async #landRecovery(batch: Batch): Promise<void> {
    this.#committedRevision = batch.revision;
    try {
      await this.#supervisor.carryOutRecovery(batch, { turn: this.#turn, mayBegin: () => !this.#stopped });
    } catch (error) {
      this.#fault ??= { error };
      this.stop();
    }
    this.#underWay = undefined;
    this.#outage.end();
    this.#wakeUp.wake();
  }

  /** Whoever waited for a command of the batch has been told. */
  #answered({ commands }: Lease, { decisions }: SentBatch): void {
    this.#unanswered -= decisions.length;
    this.#lookAtConditions(commands);
  }

  /** The batch could not be committed. The engine has told the callers; what happened to the jobs has happened, and is tried again. */
  #fail({ commands }: Lease, error: unknown): void {
    const sent = this.#underWay;
    this.#underWay = undefined;
    this.pulse.landed();
    this.#wakeUp.wake();
    if (sent === undefined || !(error instanceof JobControlError)) {
      this.#fault ??= { error };
      this.stop();
      return;
    }
    const { events, decisions } = this.#open.take();
    this.#supervisor.rollback();
    this.#events.putBack([...sent.events, ...events]);
    commands.giveBack(decisions.map(({ delivery }) => delivery));
    this.#outage.failed();
  }

  #stageEvents(): void {
    if (this.#outage.holdsBack) return;
    const events = this.#events.take(largestBatch - this.#open.events.length);
    for (const event of events) if (this.#supervisor.handle(event)) this.#open.events.push(event);
  }

  /** No command is applied to what a restart has left behind before it is known what became of it. */
  #allowance(): Allowance {
    if (!this.#supervisor.isRecovered) return { commands: 0, setAside: false };
    if (!this.#outage.isOn) return { commands: largestBatch, setAside: true };
    return { commands: this.#open.events.length > 0 ? 0 : 1, setAside: !this.#outage.holdsBack };
  }

  /** While a batch is being committed the next one fills, as far as it goes; but not while the store cannot write. */
  get #canFill(): boolean {
    return this.#underWay === undefined || (!this.#outage.isOn && !this.#open.isFull);
  }

  /** True where a round would find nothing to do. */
  #isIdle({ count, asideCount }: CommandQueue, retryInMs: number): boolean {
    const { isRecovered } = this.#supervisor;
    if (!this.#canFill) return true;
    if (retryInMs > 0) return count === 0 || !isRecovered;
    // All else waits for what follows from a restart, and while that is being written there is nothing to do for it.
    if (!isRecovered) return this.#underWay !== undefined;
    const triesAside = asideCount > 0 && this.#triesAside;
    return this.#events.isEmpty && count === 0 && !triesAside;
  }

  /** Waits for an event, and for what it lacks: a token, another try to write, or else a command. */
  async #rest(commands: CommandQueue, { tokenInMs = 0, retryInMs }: Lacks): Promise<void> {
    this.#lookAtConditions(commands);
    if (tokenInMs === 0 && this.#supervisor.isRecovered && this.#canFill) this.#listen(commands);
    const lacks = [tokenInMs, retryInMs].filter((ms) => ms > 0);
    const timer =
      lacks.length > 0 ? this.#clock.setTimer(Math.min(...lacks), () => this.#wakeUp.wake()) : undefined;
    this.pulse.rests();
    await this.#wakeUp.wait();
    this.pulse.works();
    timer?.cancel();
  }

  #lookAtConditions({ count, asideCount }: CommandQueue): void {
    const waiting = count + this.#open.decisions.length + this.#unanswered;
    this.#conditions.look(waiting, asideCount);
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

/** In milliseconds, until it is there; 0 where that is not what it waits for. */
interface Lacks {
  /** Default: 0 */
  readonly tokenInMs?: number;
  readonly retryInMs: number;
}

const nothing: Pick<Batch, "changes" | "jobs" | "runs" | "circuits"> = new Batch(0);

/** As many as fill a batch have come together, and more may be coming. */
const many = largestBatch;
