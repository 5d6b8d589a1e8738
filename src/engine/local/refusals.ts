import type { Refusal } from "../../job/errors.ts";
import type { LaneOptions } from "./lane-options.ts";

/** Why the local engine ends a command without applying it. None of these commands has any effect. */
export const expired: Refusal = {
  code: "COMMAND_EXPIRED",
  message: "Deadline passed while the command was queued; it was not applied",
};

export const cancelled: Refusal = {
  code: "COMMAND_CANCELLED",
  message: "Caller cancelled while the command was queued; it was not applied",
};

export const drained: Refusal = {
  code: "DRAINING",
  message: "Server is shutting down; the command was not applied",
};

export const storeUnavailable: Refusal = {
  code: "STORE_UNAVAILABLE",
  message: "Store cannot write; the command was not applied",
  retryAfterMs: 1000,
};

/** It was being written when that ended for good. */
export const storeLost: Refusal = {
  code: "STORE_UNAVAILABLE",
  message: "Store was lost; whether the command was applied is known after a restart",
  retryAfterMs: 1000,
};

/** Of what was to be read; it ends no command. */
export const storeUnreadable: Refusal = {
  code: "STORE_UNAVAILABLE",
  message: "Store cannot be read",
  retryAfterMs: 1000,
};

export const storeFull: Refusal = {
  code: "STORE_FULL",
  message: "Disk of the store is full; the command was not applied",
  retryAfterMs: 1000,
};

/** The leader that took the command no longer leads; nothing of its batch was written. */
export const leadLost: Refusal = {
  code: "STORE_UNAVAILABLE",
  message: "Another leader has taken over; the command was not applied",
};

export function requestIdReused(requestId: string): Refusal {
  return {
    code: "REQUEST_ID_REUSED",
    message: `Request id was used for another request: ${requestId}`,
    metadata: { requestId },
  };
}

export function channelFull({ priority, capacity }: LaneOptions): Refusal {
  return {
    code: "CHANNEL_FULL",
    message: `Command channel is full: ${priority}`,
    metadata: { lane: priority.toUpperCase(), capacity: String(capacity) },
  };
}

export function evicted({ priority, fullMode }: LaneOptions): Refusal {
  return {
    code: "COMMAND_EVICTED",
    message: "Another command took this one's place in the full channel; it was not applied",
    metadata: { lane: priority.toUpperCase(), fullMode },
  };
}
