import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { execPath } from "node:process";
import { vi } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import { RunMarks } from "../../src/runner/run-marks.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { freePort } from "../free-port.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { patience } from "../patience.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

/**
 * A server that has opened its store and cannot go on, because what an earlier one has left running does not end: its clock
 * stands still, so that it is never killed. `goOn` lets it.
 */
export class RecoveringServer implements AsyncDisposable {
  readonly server: JobControlServer;
  readonly file: string;
  readonly port: number;
  readonly started: Promise<number | undefined>;
  readonly #folder: TemporaryFolder;
  readonly #clock = new FakeClock();
  readonly #leftover: ChildProcess;

  /** Resolves when its port takes connections. */
  static async start(over: Partial<Configuration> = {}): Promise<RecoveringServer> {
    const folder = await TemporaryFolder.create();
    const recovering = new RecoveringServer(folder, await freePort(), over);
    await vi.waitFor(() => fetch(`${recovering.url}/livez`), patience);
    return recovering;
  }

  private constructor(folder: TemporaryFolder, port: number, over: Partial<Configuration>) {
    this.#folder = folder;
    this.file = join(folder.path, "jobs.db");
    this.port = port;
    const left = new RunMarks({ folder: `${this.file}-runs`, clock: systemClock });
    this.#leftover = left.with("run-1", (mark) =>
      spawn(execPath, ["-e", "setInterval(() => {}, 1000)"], {
        detached: true,
        stdio: ["ignore", "ignore", "ignore", mark],
      }),
    );
    const configuration = testConfiguration({
      listen: { host: "127.0.0.1", port },
      store: { file: this.file },
      ...over,
    });
    this.server = new JobControlServer(configuration, { log: quietLog, clock: this.#clock });
    this.started = this.server.start();
    // Some tests do not wait for it.
    this.started.catch(() => {});
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What was left running is gone, and the server sees it. */
  async goOn(): Promise<void> {
    await this.#endLeftover();
    let isStarted = false;
    void this.started.then(() => {
      isStarted = true;
    });
    await vi.waitFor(async () => {
      await this.#clock.advance(25);
      if (!isStarted) throw new Error("It has not started");
    }, patience);
  }

  async get(path: string): Promise<{ readonly status: number; readonly lines: readonly string[] }> {
    const answer = await fetch(`${this.url}${path}`);
    return { status: answer.status, lines: (await answer.text()).trim().split("\n") };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
    await this.#endLeftover();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #endLeftover(): Promise<void> {
    if (this.#leftover.exitCode !== null || this.#leftover.signalCode !== null) return;
    const ended = once(this.#leftover, "exit");
    this.#leftover.kill("SIGKILL");
    await ended;
  }
}
