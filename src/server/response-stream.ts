/**
 * Sends what an iterator yields as the responses of one call, and then its end. It asks for the next message
 * only while little waits for a slow client, and lets go of the iterator as soon as the client is gone. It is
 * callbacks and not a loop, because each message to each of thousands of watchers goes through it.
 */
export class ResponseStream<T> {
  readonly #sink: ResponseSink<T>;
  readonly #onLeft: () => void;
  #iterator: AsyncIterator<T> | undefined;
  #pendingBytes = 0;
  #waiting = false;
  #over = false;

  /** `onLeft` is called once, when the call has its end or its client is gone. */
  constructor(sink: ResponseSink<T>, onLeft: () => void) {
    this.#sink = sink;
    this.#onLeft = onLeft;
  }

  /** Asks for the first message, and goes on to the end. */
  start(responses: AsyncIterable<T>): void {
    this.#iterator = responses[Symbol.asyncIterator]();
    this.#sink.onGone(() => this.#leave());
    this.#pull();
  }

  /** Ends the call with an error, after all that was sent. No effect on a call that is over. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#sink.fail(error);
    this.#leave();
  }

  #pull(): void {
    try {
      this.#iterator?.next().then(this.#deliver, this.#fail);
    } catch (error) {
      this.fail(error);
    }
  }

  readonly #deliver = (result: IteratorResult<T>): void => {
    if (this.#over) return;
    try {
      if (result.done) {
        this.#sink.end();
        this.#leave();
      } else {
        this.#write(result.value);
      }
    } catch (error) {
      this.fail(error);
    }
  };

  readonly #fail = (error: unknown): void => this.fail(error);

  #write(response: T): void {
    let cost = messageOverhead;
    cost += this.#sink.write(response, () => {
      this.#pendingBytes -= cost;
      if (this.#waiting) this.#goOn();
    });
    this.#pendingBytes += cost;
    this.#goOn();
  }

  #goOn(): void {
    this.#waiting = this.#pendingBytes > maxPendingBytes;
    if (!this.#waiting && !this.#over) this.#pull();
  }

  #leave(): void {
    if (this.#over) return;
    this.#over = true;
    this.#iterator?.return?.().catch(ignore);
    this.#onLeft();
  }
}

/** Where the responses of one call go: each door has its own. */
export interface ResponseSink<T> {
  /** Sends one response. Returns its size in bytes; calls `sent`, later, when it waits no longer. */
  write(response: T, sent: () => void): number;
  /** The call ends well. */
  end(): void;
  /** The call ends with whatever was thrown. */
  fail(error: unknown): void;
  /** `listener` is called when the client is gone; also after the end, where that is easier. */
  onGone(listener: () => void): void;
}

/** How much may wait in the server for a client that does not read. */
const maxPendingBytes = 8 * 1024;
/** What a waiting message costs besides its bytes, which it may share with other streams. */
const messageOverhead = 256;

/** The call is over: nobody is left to hear how the iterator took it. */
function ignore(): void {}
