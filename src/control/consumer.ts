import { type Abortable, abortable } from "../async/abort.ts";
import type { Clock } from "../async/clock.ts";
import { WakeUp } from "../async/wake-up.ts";
import type { CommandQueue, Decision, Delivery, Lease } from "../engine/engine.ts";
import { type Command, isChange } from "../job/command.ts";
import type { TokenSource } from "../limiter/token-source.ts";
import type { EventRate } from "./event-rate.ts";
import type { PostedEvent } from "./posted-event.ts";
import { jobNotFound, notAppliedInTime, superseded } from "./refusals.ts";
import type { Supervisor, Verdict } from "./supervisor.ts";

export interface ConsumerOptions {
  readonly supervisor: Supervisor;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  /** Told of every command that took effect, or found its job as asked. */
  readonly applied: EventRate;
}

/**
 * The single consumer: the only one that lets a job change. Round by round it handles the events that were
 * posted, applies the commands that there are tokens for, commits both as one batch, and has carried out what
 * follows. It takes a token first and then the best command, so that a Stop that arrives during the wait for the
 * token still goes first.
 */
export class Consumer {
  readonly #supervisor: Supervisor;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #applied: EventRate;
  readonly #wakeUp = new WakeUp();
  readonly #conditions = new Set<Condition>();
  #events: PostedEvent[] = [];
  /** True while it listens for commands, so that it never does so twice. */
  #listening = false;
  #commands: CommandQueue | undefined;
  /** Since when it has been waiting for a token, on the monotonic clock. */
  #waitsSinceMs: number | undefined;
  #takesCommands = true;
  #stopped = false;

  constructor({ supervisor, tokens, clock, applied }: ConsumerOptions) {
    this.#supervisor = supervisor;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#applied = applied;
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
      while (!this.#stopped && !lease.lost.aborted) await this.#round(lease);
    } finally {
      lease.lost.removeEventListener("abort", wake);
    }
  }

  /** How long this command has waited for its token so far: not at all unless its turn is next. */
  tokenWaitMs(commandId: string): number {
    if (this.#waitsSinceMs === undefined) return 0;
    const next = this.#commands?.tryPeek();
    return next?.command.commandId === commandId ? this.#waits(next).tokenWaitMs : 0;
  }

  /** Tokens come at another pace from now on: it does not rest by the old one. */
  limitsChanged(): void {
    this.#wakeUp.wake();
  }

  /** Applies no more commands: those that wait, and those that come, end as drained. Events are handled as before. */
  refuseCommands(): void {
    this.#takesCommands = false;
    this.#wakeUp.wake();
  }

  /** Ends the loop after the round that is going on. */
  stop(): void {
    this.#stopped = true;
    this.#wakeUp.wake();
  }

  /**
   * Resolves after the first round at whose end `isMet`, given the commands that still wait.
   * Cancellation: rejects with the signal's reason.
   */
  async until(isMet: Condition["isMet"], { signal }: Abortable = {}): Promise<void> {
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
    const events = this.#events;
    this.#events = [];
    for (const event of events) this.#supervisor.handle(event);
    const decisions: Decision[] = [];
    if (!this.#takesCommands) this.#refuseAll(lease.commands, decisions);
    this.#applySetAside(lease.commands, decisions);
    const tokenInMs = await this.#applyCommands(lease.commands, decisions);
    const { changes, jobs, runs } = this.#supervisor.batch;
    if (changes.length === 0 && decisions.length === 0) {
      if (this.#events.length === 0) await this.#rest(lease.commands, tokenInMs);
      return;
    }
    try {
      await lease.commit({ changes, jobs, runs, decisions });
    } catch {
      // The engine has told the callers. What happened to the jobs has happened, and is tried again.
      this.#supervisor.rollback();
      this.#events = [...events, ...this.#events];
      this.#resolveConditions(lease.commands);
      await this.#pause();
      return;
    }
    this.#applied.add(decisions.filter(({ outcome }) => takesEffect(outcome)).length);
    this.#supervisor.carryOut();
  }

  /** Applies what had to wait for room in the queue of a type, and has its token already. */
  #applySetAside(commands: CommandQueue, decisions: Decision[]): void {
    if (!this.#takesCommands) return;
    const ready = (command: Command) => this.#supervisor.hasRoomFor(command);
    for (;;) {
      const delivery = commands.tryReadAside(ready);
      if (delivery === undefined) return;
      this.#decide(delivery, commands, decisions);
    }
  }

  /** Applies commands while there are both commands and tokens. Returns how long the next token takes. */
  async #applyCommands(commands: CommandQueue, decisions: Decision[]): Promise<number> {
    while (this.#takesCommands && commands.count > 0 && decisions.length < largestBatch) {
      const taken = this.#tokens.take();
      const tokenInMs = typeof taken === "number" ? taken : await taken;
      if (tokenInMs > 0) {
        this.#waitsSinceMs ??= this.#clock.monotonic();
        return tokenInMs;
      }
      const delivery = commands.tryRead();
      if (delivery === undefined) {
        this.#tokens.giveBack();
        break;
      }
      this.#decide(delivery, commands, decisions);
      this.#waitsSinceMs = undefined;
      this.#applySetAside(commands, decisions);
    }
    return 0;
  }

  /** Also what waits for room in the queue of a type. */
  #refuseAll(commands: CommandQueue, decisions: Decision[]): void {
    const { revision } = this.#supervisor;
    while (decisions.length < largestBatch) {
      const delivery = commands.tryRead() ?? commands.tryReadAside(() => true);
      if (delivery === undefined) return;
      const waits = this.#waits(delivery);
      decisions.push({ delivery, outcome: "drained", refusal: notAppliedInTime, revision, ...waits });
      this.#waitsSinceMs = undefined;
    }
  }

  #decide(delivery: Delivery, commands: CommandQueue, decisions: Decision[]): void {
    const { command } = delivery;
    const verdict = this.#verdict(command);
    if (verdict.outcome === "waits" && commands.setAside(delivery)) return;
    const revision = this.#supervisor.revision;
    const decided = withoutWaiting(verdict);
    const applyTimeMs = takesEffect(decided.outcome) ? this.#clock.now() : undefined;
    decisions.push({ delivery, ...decided, revision, applyTimeMs, ...this.#waits(delivery) });
    if (!stopsForGood(command, verdict)) return;
    for (const start of commands.takeSuperseded(delivery)) {
      decisions.push({
        delivery: start,
        outcome: "superseded",
        refusal: superseded(command.jobId),
        revision,
        ...this.#waits(start),
      });
    }
  }

  #verdict(command: Command): Verdict {
    if (isChange(command)) return this.#supervisor.apply(command);
    if (command.kind === "watch") return { outcome: "applied", answer: {} };
    const job = this.#supervisor.job(command.jobId);
    if (job === undefined) return { outcome: "rejected", refusal: jobNotFound(command.jobId) };
    const input = command.includeInput ? job.input : undefined;
    const result = command.includeResult ? job.result : undefined;
    return { outcome: "applied", answer: { status: job.status, input, result } };
  }

  #waits({ acceptedAtMs }: Delivery): Pick<Decision, "queueWaitMs" | "tokenWaitMs"> {
    const nowMs = this.#clock.monotonic();
    const tokenWaitMs =
      this.#waitsSinceMs === undefined ? 0 : nowMs - Math.max(this.#waitsSinceMs, acceptedAtMs);
    return { queueWaitMs: nowMs - acceptedAtMs - tokenWaitMs, tokenWaitMs };
  }

  /** Waits for an event, and for a token or, where none is lacking, for a command. */
  async #rest(commands: CommandQueue, tokenInMs: number): Promise<void> {
    this.#resolveConditions(commands);
    if (tokenInMs === 0) this.#listen(commands);
    const timer = tokenInMs > 0 ? this.#clock.setTimer(tokenInMs, () => this.#wakeUp.wake()) : undefined;
    await this.#wakeUp.wait();
    timer?.cancel();
  }

  #resolveConditions({ count }: CommandQueue): void {
    for (const condition of this.#conditions) if (condition.isMet(count)) condition.resolve();
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

  /** Gives a store that cannot write some time. Commands that come meanwhile wait in their lanes. */
  async #pause(): Promise<void> {
    const endMs = this.#clock.monotonic() + retryCommitMs;
    const timer = this.#clock.setTimer(retryCommitMs, () => this.#wakeUp.wake());
    while (!this.#stopped && this.#clock.monotonic() < endMs) await this.#wakeUp.wait();
    timer.cancel();
  }
}

interface Condition {
  readonly isMet: (waitingCommands: number) => boolean;
  readonly resolve: () => void;
}

/** How many commands are applied before what they came to is committed. */
const largestBatch = 256;

const retryCommitMs = 500;

/** Too many wait already: this one is refused. */
function withoutWaiting(verdict: Verdict): Exclude<Verdict, { outcome: "waits" }> {
  return verdict.outcome === "waits" ? { ...verdict, outcome: "rejected" } : verdict;
}

function takesEffect(outcome: Decision["outcome"]): boolean {
  return outcome === "applied" || outcome === "no-change";
}

/** A Stop of the job, not of its run, overtakes the Starts before it even where there was nothing to stop. */
function stopsForGood(command: Command, verdict: Verdict): command is Extract<Command, { kind: "stop" }> {
  if (command.kind !== "stop" || command.scope !== "job" || command.validateOnly) return false;
  return verdict.outcome !== "rejected" || verdict.refusal.code === "JOB_NOT_FOUND";
}
