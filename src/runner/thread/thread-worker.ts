import type { Writable } from "node:stream";
import { getHeapStatistics } from "node:v8";
import { type MessagePort, parentPort } from "node:worker_threads";
import { systemClock } from "../../async/clock.ts";
import { assertNever } from "../../job/assert-never.ts";
import type { Progress } from "../../job/job-status.ts";
import type { RunResult } from "../../job/run-result.ts";
import { type FunctionReport, FunctionRun, type FunctionRunOptions } from "../function-run.ts";
import type { JobFunction } from "../job-context.ts";
import { longestLogText } from "../job-log.ts";
import { failed } from "../run-report.ts";
import type { RunRequest } from "../runner.ts";
import { thrownText } from "../thrown-text.ts";
import { costOf, LogWindow } from "./log-window.ts";
import { polledContext } from "./polled-context.ts";
import { ProgressMailbox } from "./progress-mailbox.ts";
import { StopFlag } from "./stop-flag.ts";
import { type FromThread, loadFailed, type ThreadStart, type ToThread } from "./thread-messages.ts";

/**
 * What runs in a thread: loads the job's module at the first run, and does one run after the other as the server does
 * those of a function. It answers nothing but what it is asked, and ends when the server ends it.
 */
parentPort?.once("message", (start: ThreadStart) => new ThreadHost(start).serve());

class ThreadHost {
  readonly #port: MessagePort;
  readonly #module: string;
  readonly #memoryBytes: number;
  #run: JobFunction | undefined;
  /** Looks whether the run that is going on was asked to stop. */
  #poll: () => void = () => {};
  /** Of the run that is going on. What is printed between runs is heard by nobody. */
  #window: LogWindow | undefined;

  constructor({ port, module, memoryBytes }: ThreadStart) {
    this.#port = port;
    this.#module = module;
    this.#memoryBytes = memoryBytes;
  }

  serve(): void {
    redirect(process.stdout, (chunk) => this.#print("stdout", chunk));
    redirect(process.stderr, (chunk) => this.#print("stderr", chunk));
    this.#port.on("message", (message: ToThread) => {
      switch (message.kind) {
        case "run":
          void this.#carryOut(message);
          return;
        case "stop":
          this.#poll();
          return;
        default:
          assertNever(message);
      }
    });
    this.#watchMemory();
  }

  /** What a run has left going on may go on taking memory. Between two runs nobody else looks. */
  #watchMemory(): void {
    systemClock.setTimer(memoryLookMs, () => {
      const { used_heap_size: heap, external_memory: buffers } = getHeapStatistics();
      const isIdle = this.#window === undefined;
      if (isIdle && heap + buffers > this.#memoryBytes) process.exit();
      this.#watchMemory();
    });
  }

  async #carryOut({ request, memory }: ToThread & { readonly kind: "run" }): Promise<void> {
    this.#window = new LogWindow(memory.window);
    const mailbox = new ProgressMailbox(memory.mailbox, "writer");
    const report = new ThreadReport((message) => this.#tell(message), mailbox);
    try {
      this.#run ??= await importRun(this.#module);
    } catch (error) {
      report.end(failed(loadFailed, `Cannot load the module: ${thrownText(error)}`, false));
      return;
    }
    const work = this.#run;
    const run = new FunctionRun(
      { kind: "function", run: (ctx) => work(polledContext(ctx, () => this.#poll())) },
      request,
      { report, clock: systemClock, log: (message) => this.#log(message), within: await withinOf(request) },
    );
    this.#poll = pollOf(run, new StopFlag(memory.stop));
    this.#poll();
    run.begin();
  }

  #log(message: string): void {
    const text = message.slice(0, longestLogText);
    this.#window?.take(costOf(text));
    this.#tell({ kind: "logged", message: text });
  }

  #print(pipe: "stdout" | "stderr", chunk: Buffer): void {
    for (let at = 0; at < chunk.length && this.#window !== undefined; at += largestPrint) {
      const bytes = new Uint8Array(chunk.subarray(at, at + largestPrint));
      this.#window.take(costOf(bytes));
      this.#tell({ kind: "printed", pipe, bytes });
    }
  }

  #tell(message: FromThread): void {
    if (message.kind === "ended") this.#window = undefined;
    this.#port.postMessage(message);
  }
}

const largestPrint = 64 * 1024;
const memoryLookMs = 1000;

/** What looks at the flag, and stops the run once. */
function pollOf(run: FunctionRun, flag: StopFlag): () => void {
  let isStopped = false;
  return () => {
    if (isStopped || !flag.isSet) return;
    // First, as the signal that fires is looked at by those who hear it.
    isStopped = true;
    run.stop();
  };
}

/**
 * Has all that is written to a stream taken in at once. Left to itself it would wait for the event loop, be mixed with what
 * the server prints, and come after the end of the run.
 */
function redirect(stream: Writable, take: (chunk: Buffer) => void): void {
  Object.assign(stream, {
    _writev: undefined,
    _write: (chunk: Buffer | string, encoding: BufferEncoding, done: () => void) => {
      take(typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk);
      done();
    },
  });
}

/** Tells at once what happens: a promise that would do it later may have to wait for a loop to end. */
class ThreadReport implements FunctionReport {
  readonly #tell: (message: FromThread) => void;
  readonly #mailbox: ProgressMailbox;
  #acknowledged = false;
  #over = false;

  constructor(tell: (message: FromThread) => void, mailbox: ProgressMailbox) {
    this.#tell = tell;
    this.#mailbox = mailbox;
  }

  get over(): boolean {
    return this.#over;
  }

  progress(progress: Progress): void {
    if (!this.#over && this.#mailbox.write(progress)) this.#tell({ kind: "progressed" });
  }

  acknowledge(): void {
    if (this.#over || this.#acknowledged) return;
    this.#acknowledged = true;
    this.#tell({ kind: "acknowledged" });
  }

  end(result: RunResult): void {
    if (this.#over) return;
    this.#over = true;
    this.#tell({ kind: "ended", result });
  }
}

/** An SDK that the server was started with (`--import`) is in this thread too. What would find it is loaded when it is needed. */
async function withinOf(request: RunRequest): Promise<FunctionRunOptions["within"]> {
  if (request.trace === undefined) return undefined;
  const { createTracing } = await import("../../telemetry/open-telemetry/create-tracing.ts");
  const tracing = createTracing();
  return (work) => tracing.within(request, work);
}

async function importRun(href: string): Promise<JobFunction> {
  const module: Record<string, unknown> = await import(/* @vite-ignore */ href);
  const { run } = module;
  if (typeof run === "function") return run as JobFunction;
  const names = Object.keys(module).join(", ") || "nothing";
  throw new Error(`expected one that exports run(ctx), found one that exports ${names}`);
}
