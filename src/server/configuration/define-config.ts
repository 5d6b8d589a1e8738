import type { FullMode } from "../../channel/index.ts";
import type { OverlapPolicy } from "../../job/schedule.ts";
import type { JobFunction } from "../../runner/job-context.ts";

/**
 * The configuration as an operator writes it; the same keys in `jobcontrol.config.ts`, `.yaml` and `.json`.
 * Every key may be left out unless it says otherwise. `docs/configuration.md` tells the whole.
 *
 * @example
 * export default defineConfig({
 *   types: {
 *     report: { process: { command: ["du", "-sk", "/var"] }, schedule: { interval: "5m" } },
 *     greet: { run: async (ctx) => `Hello ${ctx.jobId}` },
 *   },
 * });
 */
export function defineConfig(config: Config): Config {
  return config;
}

export interface Config {
  /** `HOST:PORT`; port 0 takes a free one. Beyond loopback it takes `tls` and `auth`. Default `127.0.0.1:50051`. */
  readonly listen?: string | undefined;
  /** `sqlite:` and a file, which is taken from the folder of this one, or `memory:`. Default `sqlite:./jobcontrol.db`. */
  readonly store?: string | undefined;
  readonly channel?: ChannelConfig | undefined;
  readonly rate?: "unlimited" | RateConfig | undefined;
  readonly watch?: WatchConfig | undefined;
  readonly drain?: { readonly timeout?: Duration | undefined } | undefined;
  readonly web?: WebConfig | undefined;
  /** `terminated`: somebody in front does it, and the port takes plain text from there. Default: none, and plain text. */
  readonly tls?: "terminated" | TlsConfig | undefined;
  /** Who may call. Default: whoever can reach the port. */
  readonly auth?: AuthConfig | undefined;
  /** How many requests each client may send. Default: as many as it likes. */
  readonly admission?: AdmissionConfig | undefined;
  readonly log?: "pretty" | "json" | undefined;
  /** By name: letters, digits and `._:@-`, at most 128. */
  readonly types?: Readonly<Record<string, TypeConfig>> | undefined;
}

/** `500ms`, `10s`, `5m`, `1h30m`. */
export type Duration = string;

export interface ChannelConfig {
  /** How many commands wait in each lane. Default 100. */
  readonly capacity?: number | undefined;
  /** What happens to a command when its lane is full. Default `wait`. */
  readonly fullMode?: FullMode | undefined;
  /** How many callers may wait for room in a full lane. Default 1000. */
  readonly maxWaiters?: number | undefined;
  /** From how full on a lane makes the channel degraded, as a share of its capacity. Default 0.8. */
  readonly degradedAt?: number | undefined;
  /** What is different in single lanes; a number is a capacity. */
  readonly lanes?: LanesConfig | undefined;
}

export interface LanesConfig {
  readonly critical?: number | LaneConfig | undefined;
  readonly high?: number | LaneConfig | undefined;
  readonly normal?: number | LaneConfig | undefined;
  readonly low?: number | LaneConfig | undefined;
}

export interface LaneConfig {
  readonly capacity?: number | undefined;
  readonly fullMode?: FullMode | undefined;
}

export interface RateConfig {
  /** How many commands are applied a second; may be a fraction. Default 1000. */
  readonly perSecond?: number | undefined;
  /** How many tokens are saved up at most. Default: `perSecond`, rounded up. */
  readonly burst?: number | undefined;
}

export interface WatchConfig {
  /** How many changes are kept for watchers that come back. Default 10000. */
  readonly ring?: number | undefined;
  /** Default 20000. */
  readonly maxWatchers?: number | undefined;
  /** After so long a silence a watcher hears that the server is there. Default `15s`. */
  readonly bookmark?: Duration | undefined;
}

/** Who may ask over HTTP/1.1. Nobody but pages of the server itself, and what is no page, unless it is said here. */
export interface WebConfig {
  /** Names besides those of loopback, without ports, such as that of a proxy in front. Default: none. */
  readonly hosts?: readonly string[] | undefined;
  /** Pages elsewhere, such as `https://jobs.example.com`. Default: none. */
  readonly origins?: readonly string[] | undefined;
  /** Connections at a time. Default 2000. */
  readonly maxConnections?: number | undefined;
}

/** Files in PEM; relative paths are taken from the configuration's folder. They are read anew when they change. */
export interface TlsConfig {
  /** The server's certificate, and after it those between it and its authority. Required. */
  readonly cert: string;
  /** Its key, without a passphrase. Required. */
  readonly key: string;
  /** The authorities whose signature makes a client's certificate count. Default: clients are asked for none. */
  readonly clientCa?: string | undefined;
  /** `required`: nobody gets in without a certificate, not even health checks. Default `optional`. */
  readonly clientCert?: "optional" | "required" | undefined;
  /** Default `1.2`. */
  readonly minVersion?: "1.2" | "1.3" | undefined;
}

export interface AuthConfig {
  readonly tokens?: readonly TokenConfig[] | undefined;
  readonly certificates?: readonly CertificateConfig[] | undefined;
}

/** A token and whose it is, in exactly one of `sha256`, `file` and `env`; never the token itself. */
export interface TokenConfig extends IdentityConfig {
  /** Its SHA-256, in 64 hexadecimal digits. */
  readonly sha256?: string | undefined;
  /** A file with the token, or `sha256:` and its digits; several are one a line. */
  readonly file?: string | undefined;
  /** An environment variable with the same. */
  readonly env?: string | undefined;
}

/** A certificate of a client, verified by `tls.clientCa`, and whose it is. */
export interface CertificateConfig extends IdentityConfig {
  /** A name that it has: `CN=deployer`, `DNS:a.example`, `URI:spiffe://example/a`, `email:a@b.example`. */
  readonly match: string;
}

export interface IdentityConfig {
  /** What it is called in logs, and where a job tells who asked. */
  readonly name: string;
  /** What it may do; each may do what those before it may: `metrics`, `read`, `operate`, `admin`. */
  readonly role: "metrics" | "read" | "operate" | "admin";
}

export interface AdmissionConfig {
  /** How many a second; may be a fraction. */
  readonly perSecond: number;
  /** How many at once, after a rest. Default: `perSecond`, rounded up. */
  readonly burst?: number | undefined;
}

/** Exactly one of these. */
export interface WorkConfig {
  readonly process?: ProcessConfig | undefined;
  /** A module that exports `run(ctx)`; a relative path is taken from the configuration's folder. */
  readonly function?: string | undefined;
  /** The same in a worker thread, for work that holds the CPU; a string is its module. */
  readonly thread?: string | ThreadConfig | undefined;
  readonly run?: JobFunction | undefined;
}

/** What one job type does, in exactly one of `process`, `function`, `thread` and `run`, and how it is controlled. */
export interface TypeConfig extends WorkConfig {
  /** Unset: once for each Start. */
  readonly schedule?: ScheduleConfig | undefined;
  /** How long an attempt may take; then it is stopped, and has failed. Unset: for ever. */
  readonly timeout?: Duration | undefined;
  /** Further attempts of a run that fails. Unset: none. */
  readonly retry?: RetryConfig | undefined;
  /** After so many failures in a row the work is not tried for a while. Unset: it always is. */
  readonly breaker?: BreakerConfig | undefined;
  /** What does the work instead where that of the type has failed for good, or is not tried. Unset: nothing. */
  readonly fallback?: FallbackConfig | undefined;
  /** How many runs of the type go on at a time. Default: for threads the size of their pool, else as many as are started. */
  readonly concurrency?: number | undefined;
  /** Where jobs wait while that many runs go on. */
  readonly queue?: QueueConfig | undefined;
  /** What becomes of a run that was lost with its server. Default `fail`. */
  readonly onLost?: "restart" | "fail" | undefined;
  /** How long a stopped run may take to end by itself. Default `10s`. */
  readonly stopGrace?: Duration | undefined;
  /** How long a settled job is kept. Default `24h`. */
  readonly retention?: Duration | undefined;
  /** True: there is no job of the type's own name. Default false. */
  readonly template?: boolean | undefined;
}

export interface RetryConfig {
  /** From 2 to 1000, the first one included. Required. */
  readonly maxAttempts: number;
  /** From the first failure to the second attempt. Default `1s`. */
  readonly initialInterval?: Duration | undefined;
  /** No wait is longer. Default `1m`. */
  readonly maxInterval?: Duration | undefined;
  /** How much longer each further wait is. Default 2. */
  readonly multiplier?: number | undefined;
  /** Each wait is up to so much of itself shorter or longer, at random, from 0 to 1. Default 0.2. */
  readonly jitter?: number | undefined;
}

export interface BreakerConfig {
  /** So many attempts that fail in a row, of any jobs of the type, open the circuit. At least 1. Default 5. */
  readonly failures?: number | undefined;
  /** How long the circuit is open; then one attempt tries whether the work can be done again. Default `30s`. */
  readonly halfOpenAfter?: Duration | undefined;
}

/** Another work, or that of another type. */
export interface FallbackConfig extends WorkConfig {
  /** The name of a type. Only its work is taken: all else stays as this type has it. */
  readonly type?: string | undefined;
}

export interface QueueConfig {
  /** How many jobs can wait. Default 100. */
  readonly capacity?: number | undefined;
  /** What happens to a Start that finds it full. Default `wait`. */
  readonly fullMode?: FullMode | undefined;
}

export interface ProcessConfig {
  /** The program and its arguments; no shell reads them. Required. */
  readonly command: readonly string[];
  /** Default: the configuration's folder, from which a relative path is taken. */
  readonly cwd?: string | undefined;
  /** All of the program's environment. Default: none. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** Variables that are set to fields of the job's input, by the name of the field: `{ WIDTH: "width" }`. */
  readonly inputEnv?: Readonly<Record<string, string>> | undefined;
  /** The descriptor, 3 to 9, to which the program writes progress as JSON lines. */
  readonly progressFd?: number | undefined;
  /** `input`: the job's input as JSON. Default `none`. */
  readonly stdin?: "input" | "none" | undefined;
}

export interface ThreadConfig {
  /** A module that exports `run(ctx)`; a relative path is taken from the configuration's folder. Required. */
  readonly module: string;
  /** How many threads are kept between runs. Default: as many as the machine has cores. */
  readonly pool?: number | undefined;
  /** What one thread may take, heap and buffers together, such as `256MB`. Default `1GB`. */
  readonly memory?: string | undefined;
}

export type ScheduleConfig = IntervalConfig | CronConfig;

export interface IntervalConfig extends SchedulePoliciesConfig {
  /** From one start to the next, at least `10ms`. The first run starts at once. */
  readonly interval: Duration;
  readonly cron?: undefined;
}

export interface CronConfig extends SchedulePoliciesConfig {
  /** Five fields, or six with the seconds first, or `@daily` and the like. The first run comes with its first time. */
  readonly cron: string;
  /** The IANA name of the zone in which `cron` is read. Default `UTC`. */
  readonly timeZone?: string | undefined;
  readonly interval?: undefined;
}

export interface SchedulePoliciesConfig {
  /** Each run begins up to so much after its time, at random. Default: none. */
  readonly jitter?: Duration | undefined;
  /** What happens when its time comes while it still runs. Default `skip`. */
  readonly overlap?: OverlapPolicy | undefined;
  /** A time that passed while the server was down is made up for if it is not longer ago. Default `0s`. */
  readonly catchUp?: Duration | undefined;
}
