import { JobControlError } from "../../src/job/errors.ts";
import type { ToldMessage } from "../../src/testing/told-message.ts";
import type { ReadMessage, WatchEnd, WatchRecording } from "../../src/testing/watch-recording.ts";

export interface RecordedWatchOptions extends Pick<WatchRecording, "request" | "epoch" | "ring"> {
  /** The stream; leaving its iteration ends the watch. */
  readonly messages: AsyncIterable<ToldMessage>;
  /** True: it reads whatever comes. False: only what it is told to read. */
  readonly isEager: boolean;
  /** What each of its reads waits for before it begins. */
  readonly turn: () => Promise<void>;
  /** The last revision that is published for sure. */
  readonly published: () => number;
  /** The last revision that is committed. */
  readonly committed: () => number;
  /** What an error of the stream says of its end. Throws what it should not be. Default: the core's refusals */
  readonly endOf?: (error: unknown) => WatchEnd;
  /** Ends the call, as a connection that is cut does. */
  readonly cut: () => void;
}

/** One watch, read as fast as a test says, and written down for the validator. */
export class RecordedWatch {
  readonly options: RecordedWatchOptions;
  readonly #iterator: AsyncIterator<ToldMessage>;
  readonly #messages: ReadMessage[] = [];
  #end: WatchEnd | undefined;
  #pulling: Promise<void> | undefined;
  #isEager: boolean;
  /** Resolves with the next thing that comes. */
  #read = Promise.withResolvers<void>();

  constructor(options: RecordedWatchOptions) {
    this.options = options;
    this.#isEager = options.isEager;
    this.#iterator = options.messages[Symbol.asyncIterator]();
    this.pull();
  }

  get isOver(): boolean {
    return this.#end !== undefined;
  }

  /** Asks for the next message, unless it waits for one already. */
  pull(): void {
    if (this.#end === undefined) this.#pulling ??= this.#pull();
  }

  /** From now on it reads whatever comes. */
  catchUp(): void {
    this.#isEager = true;
    this.pull();
  }

  cut(): void {
    this.#end ??= { kind: "left" };
    this.options.cut();
    void this.#iterator.return?.();
  }

  /** One of the tokens that it got, counted from the last; empty where it got none. */
  tokenAt(fromLast: number): string {
    const tokens = this.#messages.flatMap(({ message }) =>
      "resumeToken" in message ? message.resumeToken : [],
    );
    return tokens.at(-1 - (fromLast % Math.max(1, tokens.length))) ?? "";
  }

  /** Resolves once it is over, or has got a token of this revision or a later one. It must read whatever comes. */
  async reached(revision: number): Promise<void> {
    while (!this.isOver && revisionOf(this.tokenAt(0)) < revision) await this.#read.promise;
  }

  /** What it wrote down. One that still waits for more had all there was at this revision. */
  recording(revision: number): WatchRecording {
    const { request, epoch, ring } = this.options;
    const end = this.#end ?? { kind: "caught-up", revision };
    // What still comes while others are asked is not part of it.
    return { request, epoch, ring, messages: [...this.#messages], end };
  }

  async #pull(): Promise<void> {
    do {
      await this.options.turn();
      const asked = this.options.published();
      const read = await this.#next();
      if (this.#end !== undefined) return;
      if ("end" in read) this.#end = read.end;
      else this.#messages.push({ message: read.message, asked, committed: this.options.committed() });
      this.#read.resolve();
      this.#read = Promise.withResolvers();
    } while (this.#isEager && this.#end === undefined);
    this.#pulling = undefined;
  }

  async #next(): Promise<{ message: ToldMessage } | { end: WatchEnd }> {
    try {
      const { done, value } = await this.#iterator.next();
      return done ? { end: { kind: "ended" } } : { message: value };
    } catch (error) {
      if (this.#end !== undefined) return { end: this.#end };
      const { endOf = refusalOf } = this.options;
      return { end: endOf(error) };
    }
  }
}

function refusalOf(error: unknown): WatchEnd {
  if (!(error instanceof JobControlError)) throw error;
  return { kind: "ended", refusal: error.code };
}

function revisionOf(token: string): number {
  return Number(token.slice(token.indexOf(":") + 1));
}
