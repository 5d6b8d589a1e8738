import { stat } from "node:fs/promises";
import type { Clock, Timer } from "../../async/clock.ts";
import type { DeclaredIdentity } from "../../rpc/identities.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Log } from "../log.ts";
import { readIdentities, readTls, type SecretsSource, secretFiles } from "./read-secrets.ts";
import type { TlsMaterial } from "./tls-material.ts";

/**
 * Keeps what the configuration's files hold as new as they are: looks every few seconds whether one of them has changed, and
 * at once when it is told to. What cannot be used changes nothing: the log says why, and what was there stays. Certificates and
 * tokens go their own ways, so that a token is taken back also while a certificate is half written.
 */
export class SecretKeeper implements Disposable {
  readonly #source: SecretsSource;
  readonly #options: SecretKeeperOptions;
  readonly #files: ReturnType<typeof secretFiles>;
  #seen = "";
  #timer: Timer | undefined;
  #reading: Promise<void> = Promise.resolve();
  #isDisposed = false;

  constructor(source: SecretsSource, options: SecretKeeperOptions) {
    this.#source = source;
    this.#options = options;
    this.#files = secretFiles(source);
  }

  /** Whether there is anything to be read anew. */
  get hasFiles(): boolean {
    return this.#files.all.length > 0;
  }

  /** Reads them for the first time, and looks after them from then on. Rejects with a `ConfigurationError`. */
  async start(): Promise<void> {
    const { seen, open } = await this.#look();
    this.#useTls(await readTls(this.#source));
    this.#options.onIdentities(await readIdentities(this.#source, { mayBeEmpty: false }));
    this.#seen = seen;
    for (const file of open)
      this.#options.log.warn({ file }, "Every user of the machine can read this secret");
    this.#lookLater();
  }

  /** Reads them anew, whether or not they have changed. Never rejects. */
  reload(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#read());
    return this.#reading;
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    if (this.#isDisposed || !this.hasFiles) return;
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    const { seen } = await this.#look();
    if (seen !== this.#seen) await this.reload();
    this.#lookLater();
  }

  async #read(): Promise<void> {
    if (this.#isDisposed) return;
    // What changes while it is read is read once more.
    const { seen } = await this.#look();
    const { tls, auth } = this.#source;
    if (typeof tls === "object")
      await this.#renew("Certificates", async () => this.#useTls(await readTls(this.#source)));
    // Where there was a token at the start, none means that it was taken back.
    const read = () => readIdentities(this.#source, { mayBeEmpty: true });
    if (auth !== undefined) await this.#renew("Tokens", async () => this.#options.onIdentities(await read()));
    this.#seen = seen;
  }

  async #renew(what: string, renew: () => Promise<void>): Promise<void> {
    const { log } = this.#options;
    try {
      await renew();
      log.info({}, `${what} were read anew`);
    } catch (error) {
      log.error({ because: thrownText(error) }, `${what} stay as they were`);
    }
  }

  #useTls(material: TlsMaterial | undefined): void {
    if (material !== undefined) this.#options.onTls(material);
  }

  async #look(): Promise<{ readonly seen: string; readonly open: readonly string[] }> {
    const looks = await Promise.all(
      this.#files.all.map(async (file) => ({ file, found: await stat(file).catch(() => undefined) })),
    );
    const isOpen = (file: string, mode = 0) =>
      this.#files.secret.includes(file) && (mode & readableByAll) !== 0;
    return {
      seen: looks
        .map(({ found }) => [found?.ino, found?.size, found?.mtimeMs, found?.ctimeMs].join())
        .join(" "),
      open: looks.filter(({ file, found }) => isOpen(file, found?.mode)).map(({ file }) => file),
    };
  }
}

export interface SecretKeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Both are told of what the files hold, each time that it was read. */
  readonly onTls: (material: TlsMaterial) => void;
  readonly onIdentities: (identities: readonly DeclaredIdentity[]) => void;
}

const lookEveryMs = 10_000;
const readableByAll = 0o004;
