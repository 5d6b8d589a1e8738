import type {
  DrainRequest as DrainMessage,
  UpdateLimitsRequest as UpdateLimitsMessage,
  WatchChannelStatsRequest as WatchChannelStatsMessage,
} from "../../gen/jobcontrol/v1/admin_service_pb.ts";
import type { DrainRequest, LimitsRequest } from "../control/admin-control.ts";
import { FieldChecks } from "./field-checks.ts";

/** An operator's requests, from the wire into the core's words; see `requests.ts`. */

/** From one message to the next, in milliseconds. */
export function fromWatchChannelStatsRequest({ interval }: WatchChannelStatsMessage): number {
  const checks = new FieldChecks();
  const intervalMs = checks.optionalDurationMs("interval", interval, intervalRange) ?? defaultIntervalMs;
  checks.done();
  return intervalMs;
}

export function fromUpdateLimitsRequest(message: UpdateLimitsMessage): LimitsRequest {
  const checks = new FieldChecks();
  const { tokensPerSecond, burst } = message;
  if (tokensPerSecond !== undefined && !(tokensPerSecond >= slowestRate && tokensPerSecond <= largestCount))
    checks.add("tokens_per_second", `must be a number from 0.000001 to ${largestCount}`);
  if (burst !== undefined && burst < 1) checks.add("burst", "must be at least 1");
  const request: LimitsRequest = { tokensPerSecond, burst, reason: checks.reason("reason", message.reason) };
  checks.done();
  return request;
}

export function fromDrainRequest({ deadline, reason }: DrainMessage): DrainRequest {
  const checks = new FieldChecks();
  const request: DrainRequest = {
    timeoutMs: checks.optionalDurationMs("deadline", deadline, { maxMs: longestDrainMs }),
    reason: checks.reason("reason", reason),
  };
  checks.done();
  return request;
}

const intervalRange = { minMs: 100, maxMs: 60_000 };
const defaultIntervalMs = 1000;
const longestDrainMs = 24 * 3_600_000;
/** A command in eleven days: what comes of slower rates no longer fits into a duration. */
const slowestRate = 1e-6;
const largestCount = 2 ** 31 - 1;
