/**
 * What `jobcontrol/client` is where there is no Node: everything but the client that opens a connection of its own. A
 * transport of `@connectrpc/connect-web` takes its place, in `createClientOn`.
 */
export type { BackoffOptions } from "./backoff.ts";
export { CallError } from "./call-error.ts";
export { type CallFailure, describeFailure } from "./call-failure.ts";
export { createClientOn, type TransportClient, type TransportClientOptions } from "./client-on.ts";
export type { Commands, StartOptions, WaitOptions } from "./commands.ts";
export type { RepeatOptions, Retry } from "./repeat.ts";
export { bearerToken, type Token } from "./token.ts";
export { type Interruption, type WatchOptions, watchStatus } from "./watch-status.ts";
