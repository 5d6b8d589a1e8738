import { onAbort, sleep } from "../../async/abort.ts";
import type { Clock } from "../../async/clock.ts";
import { WakeUp } from "../../async/wake-up.ts";
import { JobControlError } from "../../job/errors.ts";
import type { JobStatus } from "../../job/job-status.ts";
import type { Call } from "../job-control.ts";
import { draining, jobNotFound, runNotFound } from "../refusals.ts";
import type { StatusHub } from "../watch/status-hub.ts";
import type { OutputBatch, OutputRequest } from "./output.ts";
import type { OutputHub } from "./output-hub.ts";
import type { RunOutput } from "./run-output.ts";

export interface OutputReaderOptions {
  readonly hub: StatusHub;
  readonly output: OutputHub;
  readonly clock: Clock;
  /** Fires when the server drains. */
  readonly closing: AbortSignal;
  readonly call: Pick<Call, "signal" | "opened">;
}

/**
 * Tells what one run writes, from the lines that are kept to the end of the run. It is pulled: as long as nobody
 * asks for more it does nothing and holds nothing but its place in the run's output.
 */
export async function* watchOutput(
  request: OutputRequest,
  options: OutputReaderOptions,
): AsyncGenerator<OutputBatch, void> {
  const reader = new OutputReader(request, options);
  try {
    yield* reader.batches();
  } finally {
    reader.dispose();
  }
}

class OutputReader {
  readonly #request: OutputRequest;
  readonly #options: OutputReaderOptions;
  readonly #wakeUp = new WakeUp();
  readonly #dispose: (() => void)[];
  /** The job whose output it is; another may come to be under its id. */
  readonly #uid: string;

  constructor(request: OutputRequest, options: OutputReaderOptions) {
    const { hub, closing, call } = options;
    const { jobId } = request;
    const status = hub.status(jobId);
    if (status === undefined) throw new JobControlError(jobNotFound(jobId));
    this.#request = request;
    this.#options = options;
    this.#uid = status.uid;
    const wake = () => this.#wakeUp.wake();
    const jobIds = new Set([jobId]);
    hub.subscribe(jobIds, this.#wakeUp);
    this.#dispose = [
      () => hub.unsubscribe(jobIds, this.#wakeUp),
      onAbort(closing, wake),
      onAbort(call.signal, wake),
    ];
  }

  async *batches(): AsyncGenerator<OutputBatch, void> {
    const run = await this.#run();
    if (run === undefined) return;
    this.#dispose.push(run.subscribe(() => this.#wakeUp.wake()));
    const { tail = run.end, fromLine, follow } = this.#request;
    /** What was there when it began is told without a pause, and without `follow` nothing else is. */
    const present = run.end;
    // A place beyond the end is one of a server before this.
    let place = Math.min(fromLine ?? Math.max(0, present - tail), present);
    while (!this.#options.call.signal.aborted) {
      const isOver = !follow || this.#isOver(run);
      const batch = run.read(place, follow ? undefined : present);
      if (batch !== undefined) {
        place = batch.nextLine;
        yield batch;
        if (!isOver && place >= present) await sleep(this.#options.clock, gatherMs);
      } else if (isOver) {
        return;
      } else {
        await this.#rest();
      }
    }
  }

  dispose(): void {
    for (const dispose of this.#dispose) dispose();
  }

  /** The run that was asked for. With `follow` one that is yet to begin is waited for; else there may be none. */
  async #run(): Promise<RunOutput | undefined> {
    const { runId, follow, jobId } = this.#request;
    const { output, call } = this.#options;
    const known = output.find(this.#uid, runId);
    if (known !== undefined) return known;
    while (!call.signal.aborted) {
      const job = this.#job();
      if (job === undefined) throw new JobControlError(jobNotFound(jobId));
      const current = job.currentRun?.runId;
      if (runId !== "" && runId !== current) throw new JobControlError(runNotFound(jobId, runId));
      const isComing = current === undefined || (job.state === "pending" && runId === "");
      if (current !== undefined && !(follow && isComing)) return output.begin(this.#uid, current);
      if (!follow) return undefined;
      await this.#rest();
    }
    return undefined;
  }

  /** Whether nothing more will be written. */
  #isOver({ runId }: RunOutput): boolean {
    const run = this.#job()?.currentRun;
    return run?.runId !== runId || run.endTimeMs !== undefined;
  }

  #job(): JobStatus | undefined {
    const status = this.#options.hub.status(this.#request.jobId);
    return status?.uid === this.#uid ? status : undefined;
  }

  async #rest(): Promise<void> {
    const { closing, call } = this.#options;
    if (closing.aborted) throw new JobControlError(draining);
    call.opened?.();
    await this.#wakeUp.wait();
  }
}

/** Lines that are written within so long of each other go out together. */
const gatherMs = 5;
