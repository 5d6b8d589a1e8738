import type { Clock } from "../../async/clock.ts";
import type { CommandQueue, Decision, Delivery } from "../../engine/engine.ts";
import { type Command, isChange } from "../../job/command.ts";
import type { TokenSource } from "../../limiter/token-source.ts";
import type { Tracing } from "../../telemetry/tracing.ts";
import { jobNotFound, notAppliedInTime, superseded } from "../refusals.ts";
import type { Supervisor } from "../supervisor/supervisor.ts";
import type { Verdict } from "../supervisor/verdict.ts";
import { TokenWait } from "./token-wait.ts";

export interface CommandApplierOptions {
  readonly supervisor: Supervisor;
  readonly tokens: TokenSource;
  readonly clock: Clock;
  readonly tracing?: Pick<Tracing, "commandTaken"> | undefined;
}

/** What may be applied in one batch. */
export interface Allowance {
  readonly commands: number;
  /** Whether those are tried that were set aside. */
  readonly setAside: boolean;
}

/** Where decisions are put. While it waits for a token, what is there may be taken away. */
export interface Decisions {
  readonly decisions: Decision[];
}

/** How many commands were decided about, and how long it takes until there is a token for the next one; 0: none is lacking. */
export interface Applied {
  readonly decided: number;
  readonly tokenInMs: number;
}

/**
 * Takes commands out of their lanes and has the supervisor decide about each: a token first, and then the best
 * command. What it decides is staged; the consumer commits it.
 */
export class CommandApplier {
  readonly #supervisor: Supervisor;
  readonly #tokens: TokenSource;
  readonly #clock: Clock;
  readonly #tracing: CommandApplierOptions["tracing"];
  readonly #tokenWait = new TokenWait();

  constructor({ supervisor, tokens, clock, tracing }: CommandApplierOptions) {
    this.#supervisor = supervisor;
    this.#tokens = tokens;
    this.#clock = clock;
    this.#tracing = tracing;
  }

  /** Applies commands while there are both commands and tokens, as far as it may. */
  async apply(commands: CommandQueue, into: Decisions, allowance: Allowance): Promise<Applied> {
    let decided = 0;
    // What was set aside is tried at the beginning, and again once a command may have made room for it.
    let untried = allowance.setAside;
    for (;;) {
      if (untried) decided += this.#applySetAside(commands, into, allowance.commands);
      untried = false;
      if (commands.count === 0 || into.decisions.length >= allowance.commands)
        return { decided, tokenInMs: 0 };
      const taken = this.#tokens.take();
      const tokenInMs = typeof taken === "number" ? taken : await taken;
      if (tokenInMs > 0) {
        const next = commands.tryPeek();
        if (next !== undefined) this.#tokenWait.lacks(next, this.#clock.monotonic(), tokenInMs);
        return { decided, tokenInMs };
      }
      const delivery = commands.tryRead();
      if (delivery === undefined) {
        this.#tokens.giveBack();
        return { decided, tokenInMs: 0 };
      }
      this.#tokenWait.ended(delivery, this.#clock.monotonic());
      if (this.#decide(delivery, commands, into)) decided++;
      untried = allowance.setAside && isChange(delivery.command);
    }
  }

  /** Ends commands as drained, also what waits for room in the queue of a type. */
  refuse(commands: CommandQueue, { decisions }: Decisions, most: number): void {
    const { revision } = this.#supervisor;
    while (decisions.length < most) {
      const next = commands.tryRead();
      const delivery = next ?? commands.tryReadAside(() => true);
      if (delivery === undefined) return;
      if (next !== undefined) this.#tokenWait.ended(next, this.#clock.monotonic());
      const waits = this.#waitsOf(delivery);
      decisions.push({ delivery, outcome: "drained", refusal: notAppliedInTime, revision, ...waits });
    }
  }

  /** How long a command that waits has waited for a token: the next one still may, what was set aside has had it. */
  tokenWaitOf(delivery: Delivery, commands: CommandQueue): number {
    const next = commands.tryPeek();
    const ofNextMs = next === undefined ? 0 : this.#tokenWait.ofNext(next, this.#clock.monotonic());
    return delivery === next ? ofNextMs : this.#tokenWait.ofOther(delivery);
  }

  #waitsOf(delivery: Delivery): Pick<Decision, "queueWaitMs" | "tokenWaitMs"> {
    const tokenWaitMs = this.#tokenWait.ofOther(delivery);
    return { queueWaitMs: this.#clock.monotonic() - delivery.acceptedAtMs - tokenWaitMs, tokenWaitMs };
  }

  /** Applies what had to wait for room in the queue of a type, and has its token already. Returns how many. */
  #applySetAside(commands: CommandQueue, into: Decisions, most: number): number {
    const ready = (command: Command) => this.#supervisor.hasRoomFor(command);
    for (let decided = 0; ; decided++) {
      const delivery = into.decisions.length < most ? commands.tryReadAside(ready) : undefined;
      // One that is set aside again would be the next again.
      if (delivery === undefined || !this.#decide(delivery, commands, into)) return decided;
    }
  }

  /** False where it has been set aside. */
  #decide(delivery: Delivery, commands: CommandQueue, { decisions }: Decisions): boolean {
    const { command } = delivery;
    const verdict = this.#verdict(delivery);
    if (verdict.outcome === "waits" && commands.setAside(delivery)) return false;
    const revision = this.#supervisor.revision;
    const decided = withoutWaiting(verdict);
    const applyTimeMs = takesEffect(decided.outcome) ? this.#clock.now() : undefined;
    decisions.push({ delivery, ...decided, revision, applyTimeMs, ...this.#waitsOf(delivery) });
    if (!stopsForGood(command, decided)) return true;
    for (const start of commands.takeSuperseded(delivery)) {
      decisions.push({
        delivery: start,
        outcome: "superseded",
        refusal: superseded(command.jobId),
        revision,
        ...this.#waitsOf(start),
      });
    }
    return true;
  }

  #verdict({ command, acceptTimeMs }: Delivery): Verdict {
    const trace = this.#tracing?.commandTaken(command, acceptTimeMs);
    if (isChange(command)) return this.#supervisor.apply(command, trace);
    if (command.kind === "watch") return { outcome: "applied", answer: {} };
    const job = this.#supervisor.job(command.jobId);
    if (job === undefined) return { outcome: "rejected", refusal: jobNotFound(command.jobId) };
    const input = command.includeInput ? job.input : undefined;
    const result = command.includeResult ? job.result : undefined;
    return { outcome: "applied", answer: { status: job.status, input, result } };
  }
}

type Decided = Exclude<Verdict, { outcome: "waits" }>;

/** Too many wait already: this one is refused. */
function withoutWaiting(verdict: Verdict): Decided {
  return verdict.outcome === "waits" ? { ...verdict, outcome: "dropped" } : verdict;
}

/** True where the caller is told that it is as he asked. */
export function takesEffect(outcome: Decision["outcome"]): boolean {
  return outcome === "applied" || outcome === "no-change";
}

/** A Stop of the job, not of its run, overtakes the Starts before it even where there was nothing to stop. */
function stopsForGood(command: Command, verdict: Decided): command is Extract<Command, { kind: "stop" }> {
  if (command.kind !== "stop" || command.scope !== "job" || command.validateOnly) return false;
  return takesEffect(verdict.outcome) || ("refusal" in verdict && verdict.refusal.code === "JOB_NOT_FOUND");
}
