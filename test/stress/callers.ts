import type { Call, JobControl } from "../../src/control/job-control.ts";
import { type Command, jobIds, send, typeFor } from "./commands.ts";
import type { OperationLog } from "./operation-log.ts";
import type { Step } from "./play-steps.ts";
import { Sightings, type SnapshotRead } from "./sightings.ts";

export interface CallersOptions {
  readonly control: JobControl;
  readonly log: OperationLog;
  /** The wall clock. */
  readonly now: () => number;
  /** What each call waits for before it is made. */
  readonly turn: (label: string) => Promise<void>;
}

/** Those who send commands, repeat them, lose patience and go away; what they are told is written down. */
export class Callers {
  readonly #options: CallersOptions;
  readonly #sightings = new Sightings();
  readonly #calls: SentCall[] = [];
  #names = 0;

  constructor(options: CallersOptions) {
    this.#options = options;
  }

  get reads(): readonly SnapshotRead[] {
    return this.#sightings.reads;
  }

  order({ command, patienceMs, isNamed }: Extract<Step, { kind: "command" }>): void {
    const changes = command.kind !== "get-status";
    const requestId = changes && isNamed ? `request-${++this.#names}` : "";
    const etag = changes ? this.#sightings.etag(command.jobId, command.etag) : "";
    this.#send({ command, patienceMs, requestId, etag });
  }

  /** The same again, if it was sent under a request id. */
  repeat(at: number): void {
    const call = this.#callAt(at);
    if (call !== undefined && call.requestId !== "") this.#send(call);
  }

  abort(at: number): void {
    this.#callAt(at)?.caller.abort();
  }

  stopAll(): void {
    for (const jobId of jobIds) this.#send({ ...plainly, command: stopOf(jobId) });
  }

  readAll(): void {
    for (const jobId of jobIds)
      this.#send({ ...plainly, command: { kind: "get-status", jobId, priority: "normal" } });
  }

  /** Answers at once, from what is published. */
  async readSnapshot(jobId: string): Promise<void> {
    const request = { jobId, consistency: "snapshot", includeInput: false, includeResult: false } as const;
    const { signal } = new AbortController();
    await this.#sightings.readSnapshot(jobId, this.#options.control.getStatus(request, { signal, peer }));
  }

  #send({ command, patienceMs, requestId, etag }: Omit<SentCall, "caller">): void {
    const { control, log, now, turn } = this.#options;
    const caller = new AbortController();
    this.#calls.push({ command, patienceMs, requestId, etag, caller });
    void turn(`${command.kind} ${command.jobId}`).then(async () => {
      const deadlineMs = patienceMs === undefined ? undefined : now() + patienceMs;
      const call: Call = { signal: caller.signal, deadlineMs, peer };
      const asked = { command, requestId, etag };
      const jobType = typeFor(command.jobId);
      const result = await log.call(asked, () => send(control, command, { ...asked, jobType, call }));
      // What only would have happened was never seen.
      const isReal = !("validateOnly" in command && command.validateOnly);
      if (result.kind === "answered" && isReal) this.#sightings.saw(result.answer.status);
    });
  }

  #callAt(at: number): SentCall | undefined {
    return this.#calls[at % Math.max(1, this.#calls.length)];
  }
}

interface SentCall {
  readonly command: Command;
  readonly patienceMs: number | undefined;
  /** Empty: none. */
  readonly requestId: string;
  readonly etag: string;
  readonly caller: AbortController;
}

const peer = "tester";
const plainly = { requestId: "", etag: "", patienceMs: undefined };

function stopOf(jobId: string): Command {
  const plain = { priority: "high", validateOnly: false, replyMode: "applied", etag: "none" } as const;
  return { kind: "stop", jobId, ...plain, scope: "job", force: false };
}
