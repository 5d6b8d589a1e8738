import type { ThreadWork } from "../work.ts";
import { WorkThread } from "./work-thread.ts";

/**
 * The threads of one job type. They are made when a run needs one, and some are kept for the next: as many as the
 * type says. One that ended is no longer there, and the next run that finds none makes another.
 */
export class ThreadPool implements AsyncDisposable {
  readonly #work: ThreadWork;
  #idle: WorkThread[] = [];
  #disposed = false;

  constructor(work: ThreadWork) {
    this.#work = work;
  }

  /** The thread that was used last, whose code is warm, or a new one. Throws where none can be made. */
  take(): WorkThread {
    for (let thread = this.#idle.pop(); thread !== undefined; thread = this.#idle.pop()) {
      if (thread.isAlive) return thread;
    }
    return new WorkThread(this.#work);
  }

  /** Its run is over, and it can do another. */
  giveBack(thread: WorkThread): void {
    thread.release();
    this.#idle = this.#idle.filter(({ isAlive }) => isAlive);
    if (!this.#disposed && thread.isAlive && this.#idle.length < this.#work.pool) this.#idle.push(thread);
    else void thread.terminate();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const idle = this.#idle.filter(({ isAlive }) => isAlive);
    this.#idle = [];
    await Promise.all(idle.map((thread) => thread.terminate()));
  }
}
