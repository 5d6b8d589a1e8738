import { onAbort } from "../../async/abort.ts";
import type { Clock, Timer } from "../../async/clock.ts";
import { assertNever } from "../../job/assert-never.ts";
import { JobControlError } from "../../job/errors.ts";
import { draining } from "../refusals.ts";
import type { OpenWatch, OpenWatches } from "./open-watches.ts";
import { parseResumeToken } from "./resume-token.ts";
import type { StatusHub, Subscriber } from "./status-hub.ts";
import type { ClosingMessage, WatchMessage, WatchRequest } from "./watch.ts";
import { WatchCursor } from "./watch-cursor.ts";
import { WatchUntil } from "./watch-until.ts";
import { WatchWords } from "./watch-words.ts";

export interface WatcherOptions {
  readonly hub: StatusHub;
  readonly clock: Clock;
  /** How long it may be silent, where the request does not say. */
  readonly bookmarkMs: number;
  /** Fires when the caller has gone. */
  readonly signal: AbortSignal;
  /** Where it is counted while it is open. */
  readonly watches: OpenWatches;
}

type Step = IteratorResult<WatchMessage, undefined>;

/**
 * One watch, from its first message to its last. It is pulled: as long as nobody asks for the next message it
 * does nothing and holds nothing but its place in the hub's ring. It is no async generator, because each change
 * to each of thousands of watchers goes through it: here a message costs one promise.
 */
export class Watcher implements AsyncIterator<WatchMessage, undefined>, Subscriber, OpenWatch {
  readonly #request: WatchRequest;
  readonly #options: WatcherOptions;
  readonly #hub: StatusHub;
  readonly #cursor: WatchCursor;
  readonly #words: WatchWords;
  readonly #until: WatchUntil;
  #offSignal: (() => void) | undefined;
  /** What is to be told before the next change. */
  #ahead: Iterator<WatchMessage> | undefined;
  /** Who asked for a message, while there is none. */
  #asking: PromiseWithResolvers<Step> | undefined;
  /** True while nothing that concerns it has happened since it had seen all there is. */
  #idle = false;
  /** True while changes from before the watch are being told. */
  #owesSnapshotEnd = false;
  #changes = 0;
  #spokeAtMs: number;
  #timer: Timer | undefined;
  #timerAtMs = 0;
  #draining = false;
  /** Set once CLOSING has been told. */
  #closed: ClosingMessage["reason"] | undefined;
  #over = false;

  /** Takes its place in the hub: from here on it misses nothing. Leave it with `return`. */
  constructor(request: WatchRequest, options: WatcherOptions) {
    const { hub, clock, watches, signal } = options;
    this.#request = request;
    this.#options = options;
    this.#hub = hub;
    this.#cursor = new WatchCursor(request, hub, clock);
    this.#words = new WatchWords(this.#cursor, hub, clock);
    this.#spokeAtMs = clock.monotonic();
    this.#ahead = this.#opening();
    this.#until = new WatchUntil(request, hub, this.#cursor);
    hub.subscribe(this.#cursor.jobIds, this);
    watches.add(this);
    this.#offSignal = onAbort(signal, () => this.#end());
  }

  /** The next message, as soon as there is one. Ask for one at a time. */
  next(): Promise<Step> {
    const asking = Promise.withResolvers<Step>();
    this.#asking = asking;
    this.#answer();
    return asking.promise;
  }

  /** Leaves the watch. Who waits for its next message hears that there is none. */
  return(): Promise<Step> {
    this.#end();
    return Promise.resolve(noMore);
  }

  /** The hub calls it at each change of what is watched. */
  wake(revision: number): void {
    if (this.#idle) this.#cursor.skipTo(revision - 1);
    this.#idle = false;
    this.#answer();
  }

  /** What it has not looked at does not concern it while it waits for something that does. */
  get behind(): number {
    return this.#idle ? 0 : this.#hub.revision - this.#cursor.revision;
  }

  get coalesced(): number {
    return this.#cursor.coalesced;
  }

  /** The server goes: the watch tells what there still is, and closes. */
  drain(): void {
    this.#draining = true;
    this.#answer();
  }

  #answer(): void {
    const asking = this.#asking;
    if (asking === undefined) return;
    try {
      const step = this.#step();
      if (step === undefined) return;
      this.#asking = undefined;
      asking.resolve(step);
    } catch (error) {
      this.#asking = undefined;
      asking.reject(error);
      this.#end();
    }
  }

  #step(): Step | undefined {
    if (this.#closed === "draining" && !this.#over) throw new JobControlError(draining);
    if (this.#closed !== undefined) this.#end();
    if (this.#over) return noMore;
    const message = this.#message();
    if (message === undefined) return undefined;
    this.#spokeAtMs = this.#options.clock.monotonic();
    return { done: false, value: message };
  }

  #message(): WatchMessage | undefined {
    const ahead = this.#ahead?.next();
    if (ahead?.done === false) return ahead.value;
    this.#ahead = undefined;
    const { maxChanges, delivery } = this.#request;
    if (maxChanges > 0 && this.#changes === maxChanges) return this.#closing("max-changes");
    if (this.#idle) this.#cursor.skipTo(this.#hub.revision);
    const step = this.#cursor.next();
    switch (step.kind) {
      case "message":
        this.#changes++;
        this.#until.told(step.message);
        return step.message;
      case "overtaken":
        if (delivery === "every-transition") return this.#closing("too-slow");
        // What was still owed of an earlier beginning is part of this one.
        this.#owesSnapshotEnd = false;
        this.#ahead = this.#words.reset();
        return this.#message();
      case "caught-up":
        return this.#messageAtRest(Number.POSITIVE_INFINITY);
      case "held-back":
        return this.#messageAtRest(step.forMs, step.more);
      default:
        return assertNever(step);
    }
  }

  /** What there is to say besides changes; where that is nothing, looks again when something may be due. */
  #messageAtRest(heldBackMs: number, hasMore = false): WatchMessage | undefined {
    if (this.#owesSnapshotEnd) {
      this.#owesSnapshotEnd = false;
      return this.#words.snapshotEnd();
    }
    if (this.#until.isMet) return this.#closing("until-met");
    if (this.#draining) return this.#closing("draining");
    this.#idle = !hasMore;
    // While a timer runs that was set after an earlier message, no bookmark is due.
    if (heldBackMs === Number.POSITIVE_INFINITY && this.#timer !== undefined) return undefined;
    const nowMs = this.#options.clock.monotonic();
    const bookmarkAtMs = this.#spokeAtMs + (this.#request.bookmarkMs ?? this.#options.bookmarkMs);
    if (bookmarkAtMs <= nowMs) return this.#words.bookmark();
    this.#lookAgainAt(Math.min(bookmarkAtMs, nowMs + heldBackMs), nowMs);
    return undefined;
  }

  /** A timer that fires before that is left: the watcher then finds that nothing is due yet. */
  #lookAgainAt(atMs: number, nowMs: number): void {
    if (this.#timer !== undefined && this.#timerAtMs <= atMs) return;
    this.#timer?.cancel();
    this.#timerAtMs = atMs;
    this.#timer = this.#options.clock.setTimer(atMs - nowMs, () => {
      this.#timer = undefined;
      this.#answer();
    });
  }

  /** What comes before the changes. What was missed since a token is left to the cursor; its end is owed. */
  #opening(): Iterator<WatchMessage> | undefined {
    const { resumeToken, skipSnapshot } = this.#request;
    if (resumeToken === "")
      return skipSnapshot ? [this.#words.snapshotEnd()].values() : this.#words.snapshot();
    const point = parseResumeToken(resumeToken);
    const isKept = point?.epoch === this.#hub.epoch && this.#cursor.resumeAfter(point.revision);
    if (!isKept) return this.#words.reset();
    this.#owesSnapshotEnd = true;
    return undefined;
  }

  #closing(reason: ClosingMessage["reason"]): WatchMessage {
    this.#closed = reason;
    return this.#words.closing(reason);
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#timer?.cancel();
    this.#offSignal?.();
    this.#hub.unsubscribe(this.#cursor.jobIds, this);
    this.#options.watches.remove(this);
    this.#answer();
  }
}

const noMore: Step = { done: true, value: undefined };
