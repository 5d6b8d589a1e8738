import type { Writable } from "node:stream";
import { type MessagePort, parentPort } from "node:worker_threads";
import { systemClock } from "../../async/clock.ts";
import { assertNever } from "../../job/assert-never.ts";
import type { Progress } from "../../job/job-status.ts";
import type { RunResult } from "../../job/run-result.ts";
import { type FunctionReport, FunctionRun } from "../function-run.ts";
import type { JobFunction } from "../job-context.ts";
import { longestLogText } from "../job-log.ts";
import { failed } from "../run-report.ts";
import { thrownText } from "../thrown-text.ts";
import { LogWindow } from "./log-window.ts";
import { polledContext } from "./polled-context.ts";
import { ProgressMailbox } from "./progress-mailbox.ts";
import { StopFlag } from "./stop-flag.ts";
import { type FromThread, loadFailed, type ThreadStart, type ToThread } from "./thread-messages.ts";

/**
 * What runs in a thread: loads the job's module at the first run, and does one run after the other as the server does
 * those of a function. It answers nothing but what it is asked, and ends when the server ends it.
 */
parentPort?.once("message", ({ port, module }: ThreadStart) => new ThreadHost(port, module).serve());

class ThreadHost {
  readonly #port: MessagePort;
  readonly #module: string;
  #run: JobFunction | undefined;
  /** Looks whether the run that is going on was asked to stop. */
  #poll: () => void = () => {};

  constructor(port: MessagePort, module: string) {
    this.#port = port;
    this.#module = module;
  }

  serve(): void {
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
  }

  async #carryOut({ request, memory }: ToThread & { readonly kind: "run" }): Promise<void> {
    const report = new ThreadReport(this.#port, new ProgressMailbox(memory.mailbox, "writer"));
    try {
      this.#run ??= await importRun(this.#module);
    } catch (error) {
      const message = `Cannot load the module: ${thrownText(error)}`;
      report.end(failed(loadFailed, message, false));
      return;
    }
    const work = this.#run;
    const window = new LogWindow(memory.window);
    const log = (message: string) => {
      const text = message.slice(0, longestLogText);
      window.take(text);
      this.#tell({ kind: "logged", message: text });
    };
    const run = new FunctionRun({ kind: "function", run: (ctx) => work(polledContext(ctx, poll)) }, request, {
      report,
      clock: systemClock,
      log,
    });
    const flag = new StopFlag(memory.stop);
    let isStopped = false;
    const poll = () => {
      if (isStopped || !flag.isSet) return;
      // First, as the signal that fires is looked at by those who hear it.
      isStopped = true;
      run.stop();
    };
    this.#poll = poll;
    poll();
    run.begin();
  }

  #tell(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

/** Tells at once what happens: a promise that would do it later may have to wait for a loop to end. */
class ThreadReport implements FunctionReport {
  readonly #port: MessagePort;
  readonly #mailbox: ProgressMailbox;
  #acknowledged = false;
  #over = false;

  constructor(port: MessagePort, mailbox: ProgressMailbox) {
    this.#port = port;
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
    void this.#endAfterPrints(result);
  }

  /** What was printed is part of the run, and goes another way: it has to be there first. */
  async #endAfterPrints(result: RunResult): Promise<void> {
    await printed(process.stdout);
    await printed(process.stderr);
    this.#tell({ kind: "ended", result });
  }

  #tell(message: FromThread): void {
    this.#port.postMessage(message);
  }
}

async function printed(stream: Writable): Promise<void> {
  if (stream.writableLength === 0 || stream.writableEnded || stream.destroyed) return;
  await new Promise<void>((resolve) => stream.write("", () => resolve()));
}

async function importRun(href: string): Promise<JobFunction> {
  const module: Record<string, unknown> = await import(/* @vite-ignore */ href);
  const { run } = module;
  if (typeof run === "function") return run as JobFunction;
  const names = Object.keys(module).join(", ") || "nothing";
  throw new Error(`expected one that exports run(ctx), found one that exports ${names}`);
}
