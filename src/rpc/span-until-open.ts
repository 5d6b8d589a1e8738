import { Code, ConnectError } from "@connectrpc/connect";
import type { CallSpan } from "../telemetry/tracing.ts";

/**
 * A stream whose span ends when it is open: with its first message, or with the error that it has instead. A watch may go on
 * for days, and who looks at its trace wants to see how it began. Of the messages that follow it adds nothing.
 */
export function spanUntilOpen<T>(messages: AsyncIterable<T>, span: CallSpan): AsyncIterable<T> {
  return { [Symbol.asyncIterator]: () => new Opening(messages[Symbol.asyncIterator](), span) };
}

class Opening<T> implements AsyncIterator<T> {
  readonly #messages: AsyncIterator<T>;
  readonly #span: CallSpan;
  #isOpening = false;

  constructor(messages: AsyncIterator<T>, span: CallSpan) {
    this.#messages = messages;
    this.#span = span;
  }

  next(): Promise<IteratorResult<T>> {
    const step = this.#messages.next();
    if (!this.#isOpening) {
      this.#isOpening = true;
      step.then(
        () => this.#span.end(0),
        (error) => this.#span.end(ConnectError.from(error).code),
      );
    }
    return step;
  }

  async return(): Promise<IteratorResult<T>> {
    this.#span.end(Code.Canceled);
    return (await this.#messages.return?.()) ?? { done: true, value: undefined };
  }
}
