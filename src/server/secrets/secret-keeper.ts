import type { Clock, Timer } from "../../async/clock.ts";
import type { DeclaredIdentity } from "../../rpc/identities.ts";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Log } from "../log.ts";
import { readIdentities, readTls, type SecretsSource, secretFiles } from "./read-secrets.ts";
import type { TlsMaterial } from "./tls-material.ts";
import { WatchedFiles } from "./watched-files.ts";

/**
 * Keeps what the configuration's files hold as new as they are: looks every few seconds whether one of them has changed, and
 * at once when it is told to. What cannot be used changes nothing: the log says why, and what was there stays. Certificates,
 * and each file of tokens, go their own ways, so that a token is taken back also while another file is half written.
 */
export class SecretKeeper implements Disposable {
  readonly #options: SecretKeeperOptions;
  #source: SecretsSource;
  #files: ReturnType<typeof secretFiles>;
  readonly #certificates: WatchedFiles;
  #identities: WatchedFiles;
  #digests = new Map<string, readonly string[]>();
  #timer: Timer | undefined;
  #reading: Promise<void> = Promise.resolve();
  /** The reading that is yet to begin, if there is one: however often it is asked for, it is one. */
  #next: Promise<void> | undefined;
  /** What that one asks for those who may call. */
  #renewal: Renewal | undefined;
  #isDisposed = false;

  constructor(source: SecretsSource, options: SecretKeeperOptions) {
    this.#source = source;
    this.#options = options;
    this.#files = secretFiles(source);
    const { log } = options;
    const { tls, tokens } = this.#files;
    this.#certificates = new WatchedFiles(tls, { log, what: "Certificates", read: () => this.#readTls() });
    this.#identities = this.#watched(tokens);
  }

  /** Whether there is anything to be read anew. */
  get hasFiles(): boolean {
    return this.#files.tls.length + this.#files.tokens.length > 0;
  }

  /** Reads them for the first time, and looks after them from then on. Rejects with a `ConfigurationError`. */
  async start(): Promise<void> {
    const open = (await Promise.all(this.#parts.map((part) => part.look()))).flat();
    await this.#readTls();
    await this.#readTokens();
    this.#warnOf(open);
    this.#lookLater();
  }

  /**
   * Reads them anew, whether or not they have changed. `renewal` is asked when it is their turn, and tells who may call from then
   * on, or undefined where that stays as it is. Never rejects, as long as it does not.
   */
  reload(renewal?: Renewal): Promise<void> {
    this.#renewal = renewal ?? this.#renewal;
    this.#next ??= this.#reading.then(() => this.#reload());
    this.#reading = this.#next;
    return this.#next;
  }

  async #reload(): Promise<void> {
    const renewal = this.#renewal;
    this.#next = undefined;
    this.#renewal = undefined;
    const auth = await renewal?.();
    if (auth !== undefined) await this.#take(auth);
    await this.#renew({ isForced: true });
  }

  /** Where these cannot be used, those of before are looked after as before: their tokens can still be taken back. */
  async #take(auth: Authentication): Promise<void> {
    const { log } = this.#options;
    const source = { ...this.#source, auth };
    const files = secretFiles(source);
    // What a file once held counts no more when it is named again after it was not.
    const digests = new Map([...this.#digests].filter(([file]) => files.secret.has(file)));
    try {
      await readIdentities(source, { digests, onUnusable: () => {} });
    } catch (error) {
      log.error({ because: thrownText(error) }, "The configuration stays as it was");
      return;
    }
    this.#source = source;
    this.#files = files;
    this.#digests = digests;
    this.#identities = this.#watched(files.tokens);
    this.#warnOf(await this.#identities.look());
    // Where there were no files, nobody has looked after them.
    if (this.#timer === undefined) this.#lookLater();
  }

  #warnOf(open: readonly string[]): void {
    for (const file of open) {
      if (this.#files.secret.has(file))
        this.#options.log.warn({ file }, "Every user of the machine can read this secret");
    }
  }

  #watched(tokens: readonly string[]): WatchedFiles {
    const { log } = this.#options;
    return new WatchedFiles(tokens, {
      log,
      what: "Tokens",
      read: (onUnusable) => this.#readTokens(onUnusable),
    });
  }

  /** Each goes its own way: see above. */
  get #parts(): readonly WatchedFiles[] {
    const { tls, auth } = this.#source;
    return [
      ...(typeof tls === "object" ? [this.#certificates] : []),
      ...(auth === undefined ? [] : [this.#identities]),
    ];
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    if (this.#isDisposed || !this.hasFiles) return;
    this.#timer = this.#options.clock.setTimer(lookEveryMs, () => void this.#lookAgain());
  }

  async #lookAgain(): Promise<void> {
    this.#reading = this.#reading.then(() => this.#renew({ isForced: false }));
    await this.#reading;
    this.#lookLater();
  }

  async #renew(how: { readonly isForced: boolean }): Promise<void> {
    for (const part of this.#parts) if (!this.#isDisposed) await part.renew(how);
  }

  async #readTls(): Promise<void> {
    const material = await readTls(this.#source);
    if (material !== undefined) this.#options.onTls(material);
  }

  /** Where there was a token at the start, none means that it was taken back. */
  async #readTokens(onUnusable?: (error: unknown) => void): Promise<void> {
    const digests = this.#digests;
    const renewal = onUnusable === undefined ? { digests } : { digests, onUnusable };
    this.#options.onIdentities(await readIdentities(this.#source, renewal));
  }
}

type Authentication = NonNullable<SecretsSource["auth"]>;

/** Tells who may call from now on; undefined where that stays as it is. Never rejects. */
export type Renewal = () => Promise<Authentication | undefined>;

export interface SecretKeeperOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Both are told of what the files hold, each time that it was read. */
  readonly onTls: (material: TlsMaterial) => void;
  readonly onIdentities: (identities: readonly DeclaredIdentity[]) => void;
}

const lookEveryMs = 10_000;
