import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../async/clock.ts";
import { RenewableLimit } from "../../async/renewable-limit.ts";
import { securityHeaders, textAnswer } from "./answer.ts";
import { Exchange } from "./exchange.ts";

/**
 * One HTTP/1.1 connection: answers its requests one after the other, and closes it when a step takes too long. What
 * comes before its turn waits, though not for long; Node has parsed it by then, and would answer it at once.
 */
export class WebConnection {
  readonly #socket: Socket;
  readonly #options: WebConnectionOptions;
  readonly #limit: RenewableLimit;
  readonly #waiting: (readonly [IncomingMessage, ServerResponse])[] = [];
  #current: Exchange | undefined;
  #requests = 0;
  #closing = false;

  constructor(socket: Socket, options: WebConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#limit = new RenewableLimit(options.clock, () => this.#timeIsUp());
    this.#limit.set(options.limits.headMs);
    socket.on("error", ignore);
    socket.once("close", () => this.#limit[Symbol.dispose]());
  }

  get isIdle(): boolean {
    return this.#current === undefined;
  }

  /** Whether what it is at is worth less than a new one: a request that is not there yet, a page, a health check. */
  get isExpendable(): boolean {
    return this.#current?.isKept !== true;
  }

  /** A request whose head is there. */
  take(request: IncomingMessage, response: ServerResponse): void {
    response.on("error", ignore);
    if (this.#waiting.length >= mostWaiting) this.#socket.destroy();
    else this.#waiting.push([request, response]);
    if (this.isIdle) this.#next();
  }

  /** What came was no HTTP. */
  refuse(error: Error): void {
    const isTooLong = "code" in error && error.code === "HPE_HEADER_OVERFLOW";
    this.#giveUp(isTooLong ? "431 Request Header Fields Too Large" : "400 Bad Request");
  }

  /** Takes no request after those that are there; closes when they are answered. */
  close(): void {
    this.#closing = true;
    if (this.isIdle) this.#socket.destroySoon();
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (next === undefined) {
      this.#rest();
      return;
    }
    const [request, response] = next;
    const { limits } = this.#options;
    this.#requests++;
    this.#limit.set(limits.bodyMs);
    const exchange = new Exchange({ request, response, limit: this.#limit, stallMs: limits.stallMs });
    if (this.#closing) exchange.addHeaders(["Connection", "close"]);
    this.#current = exchange;
    response.once("close", () => {
      this.#current = undefined;
      this.#next();
    });
    void this.#options.answer(exchange).then(() => {
      if (!response.closed) this.#limit.set(limits.stallMs);
    });
  }

  #rest(): void {
    if (this.#closing) this.#socket.destroySoon();
    else this.#limit.set(this.#options.limits.idleMs);
  }

  #timeIsUp(): void {
    const isFirst = this.#requests === 0;
    const current = this.#current;
    // Where an answer has begun, its end would be waited for, and it is its reader who has no more time.
    const isReading = current?.request.complete === false && !current.response.headersSent;
    if (isFirst || isReading) this.#giveUp("408 Request Timeout");
    else if (this.isIdle) this.#socket.destroySoon();
    else this.#socket.destroy();
  }

  /** The last answer, if there can be one, and the end. */
  #giveUp(status: string): void {
    const canAnswer = this.#socket.writable && this.#current?.response.headersSent !== true;
    if (canAnswer) this.#socket.write(lastAnswer(status));
    this.#socket.destroySoon();
  }
}

export interface WebConnectionOptions {
  readonly clock: Clock;
  readonly limits: WebLimits;
  /** Resolves when the answer is given, though not yet out. Never rejects. */
  readonly answer: (exchange: Exchange) => Promise<void>;
}

export interface WebLimits {
  /** How long the head of the first request may take. */
  readonly headMs: number;
  /** How long the body of a request may take. */
  readonly bodyMs: number;
  /** How long a connection is kept for the next request, whose head has to be there by then. */
  readonly idleMs: number;
  /** How long a client may take none of an answer. */
  readonly stallMs: number;
}

/** No browser sends a request before the last is answered; some tools do. */
const mostWaiting = 16;

function lastAnswer(status: string): string {
  const { headers = [], body = "" } = textAnswer(Number(status.slice(0, 3)), status.slice(4));
  const lines = [`HTTP/1.1 ${status}`];
  const all = [...securityHeaders, ...headers, "Content-Length", String(body.length), "Connection", "close"];
  for (let i = 0; i < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

/** It closes then, which is what counts. */
function ignore(): void {}
