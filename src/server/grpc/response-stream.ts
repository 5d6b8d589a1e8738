import type { Metadata, ServerDuplexStream, ServerWritableStream, StatusObject } from "@grpc/grpc-js";

/**
 * Sends what an iterator yields as the responses of one call, and then its status. It asks for the next message
 * only while little waits for a slow client, and lets go of the iterator as soon as the client is gone. It is
 * callbacks and not a loop, because each message to each of thousands of watchers goes through it.
 */
export class ResponseStream<T> {
  readonly #call: ResponseCall;
  readonly #codec: ResponseCodec<T>;
  readonly #onLeft: () => void;
  #iterator: AsyncIterator<T> | undefined;
  #pendingBytes = 0;
  #waiting = false;
  #over = false;

  /** `onLeft` is called once, when the call has its status or its client is gone. */
  constructor(call: ResponseCall, codec: ResponseCodec<T>, onLeft: () => void) {
    this.#call = call;
    this.#codec = codec;
    this.#onLeft = onLeft;
  }

  /** Asks for the first message, and goes on to the end. */
  start(responses: AsyncIterable<T>): void {
    this.#iterator = responses[Symbol.asyncIterator]();
    this.#call.once("cancelled", () => this.#leave());
    this.#pull();
  }

  /** Ends the call with an error, after all that was sent. No effect on a call that is over. */
  fail(error: unknown): void {
    if (this.#over) return;
    this.#call.emit("error", this.#codec.statusOf(error));
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
        this.#call.end(this.#codec.trailer());
        this.#leave();
      } else {
        this.#write(this.#codec.encode(result.value));
      }
    } catch (error) {
      this.fail(error);
    }
  };

  readonly #fail = (error: unknown): void => this.fail(error);

  #write(bytes: Buffer): void {
    const cost = bytes.byteLength + messageOverhead;
    this.#pendingBytes += cost;
    this.#call.write(bytes, () => {
      this.#pendingBytes -= cost;
      if (this.#waiting) this.#goOn();
    });
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

export type ResponseCall = ServerWritableStream<Buffer, Buffer> | ServerDuplexStream<Buffer, Buffer>;

export interface ResponseCodec<T> {
  encode(response: T): Buffer;
  /** The trailers of a call that ends well. */
  trailer(): Metadata | undefined;
  statusOf(error: unknown): StatusObject;
}

/** How much may wait in the server for a client that does not read. */
const maxPendingBytes = 8 * 1024;
/** What a waiting message costs besides its bytes, which it may share with other streams. */
const messageOverhead = 256;

/** The call is over: nobody is left to hear how the iterator took it. */
function ignore(): void {}
