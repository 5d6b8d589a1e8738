import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { text } from "node:stream/consumers";
import type { JobContext } from "jobcontrol";
import { SMTPServer } from "smtp-server";

/** A letter as it came in. */
export interface Received {
  readonly to: string;
  /** All of it, headers first. */
  readonly text: string;
  /** The connection's. */
  readonly port: number;
}

export interface PostOfficeOptions {
  /** Where to listen, and who may send. Port 0: any that is free. */
  readonly smtp: string;
  /** Is told of each letter. It is answered when this is done: accepted, or what this throws. */
  readonly onLetter: (letter: Received) => unknown;
}

/**
 * A mail server on loopback, for trying things out. Who has `moved` does not live here, for good; who is `busy` takes nothing
 * when first asked; all else is taken, shown and thrown away.
 */
export class PostOffice implements AsyncDisposable {
  readonly #server: SMTPServer;
  readonly #asked = new Set<string>();
  readonly #sockets = new Set<Socket>();

  static async open({ smtp, onLetter }: PostOfficeOptions): Promise<PostOffice> {
    const { hostname, port, username, password } = new URL(smtp);
    const office: PostOffice = new PostOffice(
      new SMTPServer({
        disabledCommands: ["STARTTLS"],
        disableReverseLookup: true,
        allowInsecureAuth: true,
        closeTimeout: 1000,
        onAuth: (auth, _session, done) => {
          const isRight = auth.username === username && auth.password === password;
          done(isRight ? null : new Error("Wrong user or password"), { user: auth.username });
        },
        onRcptTo: ({ address }, _session, done) => done(office.#refusal(address)),
        onData: (stream, { envelope, remotePort }, done) => {
          const { address = "" } = envelope.rcptTo[0] ?? {};
          text(stream)
            .then((text) => onLetter({ to: address, text, port: remotePort }))
            .then(() => done(null), done);
        },
      }),
    );
    // What is wrong with a connection is told to its client.
    office.#server.on("error", () => {});
    office.#server.server.on("connection", (socket: Socket) => {
      office.#sockets.add(socket);
      socket.once("close", () => office.#sockets.delete(socket));
    });
    await once(office.#server.listen(Number(port), hostname), "listening");
    return office;
  }

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  /** Breaks a connection, without a word. */
  hangUp(port: number): void {
    for (const socket of this.#sockets) if (socket.remotePort === port) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #refusal(address: string): Error | null {
    if (address.startsWith("moved")) return refused(550, "No such mailbox");
    if (!address.startsWith("busy") || this.#asked.has(address)) return null;
    this.#asked.add(address);
    return refused(451, "Mailbox busy, try again later");
  }
}

export function refused(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}

/** The post office as a job: open until it is stopped. */
export function postOffice({ smtp }: Pick<PostOfficeOptions, "smtp">) {
  return async ({ signal, log, progress }: JobContext) => {
    let letters = 0;
    const onLetter = ({ to }: Received) => {
      log(`letter to ${to}`);
      progress({ current: ++letters, unit: "letters" });
    };
    await using _office = await PostOffice.open({ smtp, onLetter });
    if (!signal.aborted) await once(signal, "abort");
  };
}
