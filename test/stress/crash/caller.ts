import type { JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { RawClient } from "../../server/grpc/wire.ts";
import { read, refusalOf, send } from "./calls.ts";
import type { Order, Told } from "./evidence.ts";
import type { Notebook, Repeatable } from "./notebook.ts";
import type { ServerLine } from "./server-line.ts";

/** Does one thing after the other, and each of them until it is answered, by whichever server. */
export class Caller {
  readonly #line: ServerLine;
  readonly #notebook: Notebook;
  #done: Promise<void> = Promise.resolve();

  constructor(line: ServerLine, notebook: Notebook) {
    this.#line = line;
    this.#notebook = notebook;
  }

  /** Resolves when it has nothing left to do; rejects where a call failed for no reason that it may have. */
  get done(): Promise<void> {
    return this.#done;
  }

  order(order: Order, requestId: string): void {
    this.#then(() => this.#request({ order, requestId, sentAt: this.#notebook.moment() }));
  }

  repeat(at: number): void {
    this.#then(async () => {
      const request = this.#notebook.repeatable(at);
      if (request === undefined) this.#notebook.askNothing();
      else await this.#request(request);
    });
  }

  read(jobId: string): void {
    this.#then(() => this.#read(jobId));
  }

  #then(step: () => Promise<void>): void {
    this.#done = this.#done.then(step);
    // Who waits for `done` hears of it.
    this.#done.catch(() => {});
  }

  async #request({ requestId, order, sentAt }: Repeatable): Promise<void> {
    const told = await this.#answer((client) => toldBy(send(client, order, requestId)));
    this.#notebook.hear({ requestId, order, sentAt, told });
  }

  async #read(jobId: string): Promise<void> {
    let sentAt = 0;
    const status = await this.#answer((client): Promise<JobStatus | undefined> => {
      sentAt = this.#notebook.moment();
      return read(client, jobId);
    });
    this.#notebook.read({ jobId, sentAt, status });
  }

  async #answer<T>(call: (client: RawClient) => Promise<T>): Promise<T> {
    for (;;) {
      const link = await this.#line.link;
      try {
        return await call(link.calls);
      } catch (error) {
        if (!link.isDead) throw error;
      }
    }
  }
}

async function toldBy(answer: Promise<Told>): Promise<Told> {
  try {
    return await answer;
  } catch (error) {
    const reason = refusalOf(error);
    if (reason === undefined) throw error;
    return { kind: "refused", reason };
  }
}
