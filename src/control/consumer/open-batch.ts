import type { Decision } from "../../engine/engine.ts";
import { largestBatch } from "../supervisor/batch.ts";
import type { PostedEvent } from "../supervisor/posted-event.ts";

/** What is decided and not sent yet. What is added is added at once, so that it can be sent at any moment. */
export class OpenBatch {
  events: PostedEvent[] = [];
  decisions: Decision[] = [];

  get isFull(): boolean {
    return this.events.length >= largestBatch || this.decisions.length >= largestBatch;
  }

  take(): Pick<SentBatch, "events" | "decisions"> {
    const { events, decisions } = this;
    this.events = [];
    this.decisions = [];
    return { events, decisions };
  }
}

export interface SentBatch {
  readonly events: readonly PostedEvent[];
  readonly decisions: readonly Decision[];
  readonly hasChanges: boolean;
}
