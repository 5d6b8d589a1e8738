import { emitKeypressEvents } from "node:readline";
import type { CommandReceipt } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { DesiredState } from "../../../gen/jobcontrol/v1/job_pb.ts";
import { sleep } from "../../async/abort.ts";
import { systemClock } from "../../async/clock.ts";
import type { JobControlClient } from "../../client/client.ts";
import { callError, placeOf } from "../call-error.ts";
import { exitCode } from "../exit-code.ts";
import { outcomeName } from "../output/describe-job.ts";
import { Paced } from "../output/paced.ts";
import { clockTime } from "../output/times.ts";
import type { Server } from "../server/server.ts";
import { Interruptions } from "../verbs/follow.ts";
import { Screen } from "./screen.ts";
import { TopFeed } from "./top-feed.ts";
import { type Key, pressed } from "./top-keys.ts";
import type { TopModel } from "./top-model.ts";
import { topRows } from "./top-view.ts";

/** What is shown on the whole terminal, and what the keys do there. */
export class LiveTop {
  readonly #client: JobControlClient;
  readonly #server: Server;
  readonly #feed: TopFeed;
  readonly #screen = new Screen(process.stdin, process.stdout);
  readonly #paced = new Paced(250, () => this.#draw());
  readonly #left = new AbortController();

  constructor(client: JobControlClient, server: Server) {
    this.#client = client;
    this.#server = server;
    const interruptions = new Interruptions(server, { tell: (text) => this.#tell(text) });
    this.#feed = new TopFeed(client, { interruptions, onNews: () => this.#paced.ask() });
  }

  get #model(): TopModel {
    return this.#feed.model;
  }

  /** The screen opens with the first message: who asks in vain reads why where he asked. */
  async show(signal: AbortSignal | undefined): Promise<void> {
    const ends = signal === undefined ? this.#left.signal : AbortSignal.any([signal, this.#left.signal]);
    let ticking: Promise<void> | undefined;
    try {
      await this.#feed.follow(ends, () => {
        this.#open();
        ticking = this.#tick(ends);
      });
    } catch (error) {
      if (!this.#left.signal.aborted) throw error;
    } finally {
      this.#left.abort();
      await ticking;
      this.#close();
    }
  }

  #open(): void {
    emitKeypressEvents(process.stdin);
    process.stdin.on("keypress", this.#onKey);
    process.stdout.on("resize", this.#onResize);
    process.on("SIGCONT", this.#onResize);
    this.#screen.open();
    process.stdin.resume();
  }

  #close(): void {
    this.#paced.stop();
    process.stdin.off("keypress", this.#onKey);
    process.stdout.off("resize", this.#onResize);
    process.off("SIGCONT", this.#onResize);
    process.stdin.pause();
    this.#screen.close();
  }

  #draw(): void {
    const { columns, rows } = this.#screen;
    const frame = { columns, rows, place: placeOf(this.#server), time: clockTime(undefined) };
    this.#screen.draw(topRows(this.#model, frame));
  }

  readonly #onResize = (): void => {
    this.#screen.clear();
    this.#paced.ask();
  };

  readonly #onKey = (_text: string | undefined, key: Key): void => {
    const model = this.#model;
    const wish = pressed(model, key, Math.max(1, this.#screen.rows - 9));
    if (wish === "quit") this.#left.abort();
    if (wish === "interrupt") process.exit(exitCode.interrupted);
    if (wish === "suspend") this.#screen.suspend();
    if (wish === "stop") void this.#stop();
    if (wish === "pause") void this.#pauseOrResume();
    this.#paced.ask();
  };

  #tell(text: string): void {
    this.#model.notice = text;
    this.#paced.ask();
  }

  async #stop(): Promise<void> {
    const { mode } = this.#model;
    if (mode.kind !== "confirm") return;
    this.#model.mode = { kind: "look" };
    await this.#command(`Stop of ${mode.jobId}`, () => this.#client.stop({ jobId: mode.jobId }));
  }

  async #pauseOrResume(): Promise<void> {
    const { selected } = this.#model;
    if (selected === undefined) return;
    const { jobId, desiredState } = selected;
    const client = this.#client;
    if (desiredState === DesiredState.PAUSED)
      await this.#command(`Resume of ${jobId}`, () => client.resume({ jobId }));
    else await this.#command(`Pause of ${jobId}`, () => client.pause({ jobId }));
  }

  async #command(
    name: string,
    call: () => Promise<{ readonly receipt?: CommandReceipt | undefined }>,
  ): Promise<void> {
    this.#tell(`${name} …`);
    try {
      const { receipt } = await call();
      this.#tell(`${name}: ${receipt === undefined ? "done" : outcomeName(receipt.outcome)}`);
    } catch (thrown) {
      const call = { server: this.#server, client: this.#client, timeout: "10s" };
      const { message } = await callError(thrown, call);
      this.#tell(`${name}: ${message.split("\n")[0]}`);
    }
  }

  /** Times are told as they pass by: `3 s ago`. */
  async #tick(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(systemClock, 1000, { signal }).catch(() => {});
      this.#paced.ask();
    }
  }
}
