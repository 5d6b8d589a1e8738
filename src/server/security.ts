import { isIP } from "node:net";
import type { Clock } from "../async/clock.ts";
import { TokenBucketLimiter } from "../limiter/token-bucket-limiter.ts";
import { Access, type AccessOptions } from "../rpc/access.ts";
import { accessStatusOf } from "../rpc/errors.ts";
import type { Tally } from "../telemetry/tally.ts";
import type { Configuration, RateConfiguration } from "./configuration/configuration.ts";
import { isLoopback } from "./configuration/listen-address.ts";
import type { Log } from "./log.ts";
import { TlsHandshakes } from "./port/tls-handshakes.ts";
import { RefusalLog } from "./refusal-log.ts";
import { SecretKeeper } from "./secrets/secret-keeper.ts";
import type { TlsMaterial } from "./secrets/tls-material.ts";

/**
 * Who may come in, as the configuration has it and its files have it now: TLS for the port, and for the doors who may call and
 * how often. What is not configured is undefined, and costs nothing.
 */
export class Security implements Disposable {
  readonly access: Access | undefined;
  readonly handshakes: TlsHandshakes | undefined;
  readonly #listenHost: string;
  readonly #isAuthenticated: boolean;
  readonly #keeper: SecretKeeper;
  readonly #options: SecurityOptions;
  #tls: TlsMaterial | undefined;

  constructor(configuration: Configuration, options: SecurityOptions) {
    const { clock, log } = options;
    const { listen, tls } = configuration;
    this.#options = options;
    this.#listenHost = listen.host;
    this.#isAuthenticated = configuration.auth !== undefined;
    this.access = createAccess(configuration, options);
    this.handshakes = typeof tls === "object" ? new TlsHandshakes(tls) : undefined;
    this.#keeper = new SecretKeeper(configuration, {
      clock,
      log,
      onTls: (material) => this.#useTls(material),
      onIdentities: (identities) => this.access?.update(identities),
    });
  }

  /** Whether `reload` does anything. */
  get isRenewable(): boolean {
    return this.#keeper.hasFiles || this.#isAuthenticated;
  }

  /** When the server's certificate ends, on the wall clock; undefined where it has none. */
  get certificateEndMs(): number | undefined {
    return this.#tls?.certificate.validToDate.getTime();
  }

  /** Reads certificates and tokens; before that nobody gets in. Rejects with a `ConfigurationError`. */
  start(): Promise<void> {
    return this.#keeper.start();
  }

  /**
   * Reads them anew; what cannot be used changes nothing. Those who may call are from now on those that `renewed` tells, if it
   * tells any; whether somebody has to say who he is, the start has settled. Never rejects.
   */
  reload(renewed?: RenewedAuthentication): Promise<void> {
    return this.#keeper.reload(renewed && (() => this.#renewal(renewed)));
  }

  /**
   * Whether this is a name of the server, besides those that are configured: one that its certificate is for, or any address
   * where it is reached from elsewhere. No page can have an address as its name that is not its server's.
   */
  isOwnHost(name: string): boolean {
    if (isIP(name) !== 0 && !isLoopback(this.#listenHost)) return true;
    if (name === this.#listenHost.toLowerCase()) return true;
    return this.#tls?.certificate.checkHost(name, { subject: "never" }) !== undefined;
  }

  [Symbol.dispose](): void {
    this.#keeper[Symbol.dispose]();
  }

  async #renewal(renewed: RenewedAuthentication): Promise<Configuration["auth"]> {
    const found = await renewed();
    if (found === undefined || (found.auth !== undefined) === this.#isAuthenticated) return found?.auth;
    this.#options.log.error({}, "Authentication stays as it was: it begins and ends with a start");
    return undefined;
  }

  #useTls(tls: TlsMaterial): void {
    this.#tls = tls;
    this.handshakes?.update(tls);
    const { clock, log } = this.#options;
    const { validTo } = tls.certificate;
    if ((this.certificateEndMs ?? 0) < clock.now()) log.warn({ validTo }, "The TLS certificate has expired");
  }
}

/** Tells who may call, as a configuration has it now; undefined where it cannot be used. Never rejects. */
export type RenewedAuthentication = () => Promise<Pick<Configuration, "auth"> | undefined>;

export interface SecurityOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly refusals: Tally<{ reason: string }>;
}

function createAccess(
  { auth, admission }: Configuration,
  { clock, log, refusals }: SecurityOptions,
): Access | undefined {
  if (auth === undefined && admission === undefined) return undefined;
  const refusalLog = new RefusalLog({ clock, log });
  for (const reason of Object.keys(accessStatusOf)) refusals.expect({ reason });
  return new Access({
    isAuthenticated: auth !== undefined,
    admission: admission && createAdmission(admission, clock),
    onRefused: (refused) => {
      refusals.add({ reason: refused.reason });
      refusalLog.note(refused);
    },
  });
}

function createAdmission({ perSecond, burst }: RateConfiguration, clock: Clock): AccessOptions["admission"] {
  const limiter = new TokenBucketLimiter({ keyPrefix: "admission", rate: perSecond, burst, clock });
  return (client) =>
    limiter.bucket("name" in client ? `name ${client.name}` : `address ${client.address}`).take();
}
