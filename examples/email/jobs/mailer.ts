import nodemailer, { type NodemailerError } from "nodemailer";
import type { Answer, Letter } from "./outbox.ts";

export interface MailerOptions {
  /** The server, with user and password: `smtps://user:password@mail.example.org`. */
  readonly smtp: string;
  readonly from: string;
  /** Kept open and used again and again; as many letters are on their way at most. */
  readonly connections: number;
}

/** Hands letters to a mail server, and tells what it said to each. */
export class Mailer implements Disposable {
  readonly #pool;
  readonly #from: string;

  constructor({ smtp, from, connections }: MailerOptions) {
    this.#from = from;
    this.#pool = nodemailer.createTransport({
      url: smtp,
      pool: true,
      maxConnections: connections,
      connectionTimeout: 10_000,
      greetingTimeout: 10_000,
      socketTimeout: 30_000,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  }

  /** Resolves when the server is there and knows us. */
  async greet(): Promise<void> {
    await this.#pool.verify();
  }

  /** Throws where the trouble is not with this letter, and it did not go out for certain. */
  async send({ to, subject, text, messageId }: Letter): Promise<Answer> {
    const envelope = { from: this.#from, to };
    try {
      const { response } = await this.#pool.sendMail({ ...envelope, envelope, subject, text, messageId });
      return { state: "sent", words: response };
    } catch (error) {
      const answer = answerIn(error as NodemailerError);
      if (answer === undefined) throw error;
      return answer;
    }
  }

  [Symbol.dispose](): void {
    this.#pool.close();
  }
}

/** What an error says of the letter itself, if anything. */
function answerIn({ code, responseCode = 0, message, response = message, ...error }: NodemailerError) {
  // The server has answered to the sender, the recipient or the letter: 4xx is for now, 5xx for good.
  if (code === "EENVELOPE" || code === "EMESSAGE") {
    const isForNow = responseCode >= 400 && responseCode < 500;
    return { state: isForNow ? "waiting" : "refused", words: response } as const;
  }
  // The connection broke, and nobody knows what the server had heard by then.
  const isLost = code === "ECONNECTION" || code === "ESOCKET" || code === "ETIMEDOUT";
  if (isLost && responseCode === 0 && error.syscall !== "connect")
    return { state: "in-doubt", words: message } as const;
  return undefined;
}
