export { type CallFailure, describeFailure } from "./call-failure.ts";
export { type ClientOptions, createJobControlClient, type JobControlClient } from "./client.ts";
