import type { IncomingMessage, ServerResponse } from "node:http";
import type { RenewableLimit } from "../../async/renewable-limit.ts";
import { type Answer, notStored, securityHeaders, send } from "./answer.ts";
import { readBody } from "./request-body.ts";

/** One request and its answer, with the time that each of their steps may take. */
export class Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly #limit: RenewableLimit;
  readonly #stallMs: number;
  #extra: readonly string[] = [];
  #unsent = 0;
  #isKept = false;

  constructor({ request, response, limit, stallMs }: ExchangeOptions) {
    this.request = request;
    this.response = response;
    this.#limit = limit;
    this.#stallMs = stallMs;
  }

  /** Headers that the answer gets, whichever it is. */
  addHeaders(headers: readonly string[]): void {
    if (headers.length > 0) this.#extra = [...this.#extra, ...headers];
  }

  /** From here on its connection is not given up for a new one: it is a call, and of somebody who may make it. */
  keep(): void {
    this.#isKept = true;
  }

  get isKept(): boolean {
    return this.#isKept;
  }

  get headers(): readonly string[] {
    const { complete, headers } = this.request;
    const isUnread = !complete && (headers["transfer-encoding"] ?? headers["content-length"] ?? "0") !== "0";
    // To read what nobody wants would be left to Node, however much of it there is.
    return isUnread ? [...this.#extra, "Connection", "close"] : this.#extra;
  }

  /** As `readBody`. From here on it may take what time it needs to find the answer. */
  async readBody(maxBytes: number): Promise<Buffer | undefined> {
    const body = await readBody(this.request, maxBytes);
    this.#limit.clear();
    return body;
  }

  /** Answers, once; what has begun to be answered is left as it is. */
  send(answer: Answer): void {
    send(this.response, answer, this.headers);
  }

  /** Begins an answer that comes in parts. No effect once it has begun. */
  begin(status: number, headers: readonly string[]): void {
    if (this.response.headersSent) return;
    this.response.writeHead(status, [...securityHeaders, ...notStored, ...headers, ...this.headers]);
  }

  /** Sends a part of an answer; `sent` is called when it is out of the process. */
  write(bytes: Buffer, sent: () => void): void {
    if (this.#unsent++ === 0) this.#limit.set(this.#stallMs);
    this.response.write(bytes, () => {
      if (--this.#unsent === 0) this.#limit.clear();
      else this.#limit.set(this.#stallMs);
      sent();
    });
  }
}

export interface ExchangeOptions {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The limit of its connection. */
  readonly limit: RenewableLimit;
  /** How long a client may take none of what is sent to it. */
  readonly stallMs: number;
}
