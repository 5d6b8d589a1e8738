import type { PostedEvent } from "../supervisor/posted-event.ts";

/** What has happened to jobs and is still to be handled, in its order. */
export class EventQueue {
  #events: PostedEvent[] = [];

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  push(event: PostedEvent): void {
    this.#events.push(event);
  }

  /** Takes out the next events, at most so many. */
  take(most: number): readonly PostedEvent[] {
    return this.#events.splice(0, most);
  }

  /**
   * Takes back events whose outcome could not be committed: they come first again. Of the progress of a run only the
   * newest is kept, so that little piles up however long the store cannot write.
   */
  putBack(events: readonly PostedEvent[]): void {
    const all = [...events, ...this.#events];
    const newest = new Map<string, PostedEvent>();
    for (const posted of all) if (posted.event.kind === "progressed") newest.set(posted.event.runId, posted);
    this.#events = all.filter(
      (posted) => posted.event.kind !== "progressed" || newest.get(posted.event.runId) === posted,
    );
  }
}
