export type { BackoffOptions } from "./backoff.ts";
export { CallError } from "./call-error.ts";
export { type CallFailure, describeFailure } from "./call-failure.ts";
export { type ClientOptions, createJobControlClient, type JobControlClient } from "./client.ts";
export { createClientOn, type TransportClient } from "./client-on.ts";
export type { Commands, StartOptions } from "./commands.ts";
export type { RepeatOptions, Retry } from "./repeat.ts";
export { type Interruption, type WatchOptions, watchStatus } from "./watch-status.ts";
