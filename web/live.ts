import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { signal } from "@preact/signals";
import { WatchStatusResponse_Kind as Kind } from "../gen/jobcontrol/v1/job_control_service_pb.ts";
import { restWhileHidden } from "./parts/use-follower.ts";
import { jobControl } from "./service.ts";
import { closingOf } from "./watch/closing.ts";
import type { Connection } from "./watch/connection.ts";
import { Follower } from "./watch/follower.ts";
import { JobBook } from "./watch/job-book.ts";
import { browserTimers } from "./watch/timers.ts";
import { msOf } from "./words/time.ts";

/** The page's one watch of all jobs, and the server's clock. */

export const book = new JobBook();
/** Rises when the book has changed; who reads the book reads this first. */
export const bookVersion = signal(0);
export const connection = signal<Connection>({ kind: "connecting" });
/** When the server was last heard, by its own clock. */
export const lastHeardMs = signal(0);
/** True from when the server could not go on where this page had been, until the reader has seen it. */
export const wasReset = signal(false);
/** The server's clock, told anew each second. */
export const nowMs = signal(Date.now());

const bookmarkMs = 5000;
/** Progress need not be told more often: nobody could read it. */
const minIntervalMs = 250;

const watch = new Follower(
  {
    open(call) {
      book.begin();
      const request = {
        resumeToken: book.token,
        bookmarkInterval: durationFromMs(bookmarkMs),
        minInterval: durationFromMs(minIntervalMs),
      };
      return jobControl.watchStatus(request, { signal: call });
    },
    onMessage(message) {
      book.apply(message);
      if (message.kind === Kind.RESET) wasReset.value = true;
      lastHeardMs.value = msOf(message.serverTime) ?? lastHeardMs.value;
      clockAheadMs = lastHeardMs.value - Date.now();
      if (message.kind === Kind.SNAPSHOT_END) tell();
      else tellSoon();
      return closingOf(message);
    },
    onConnection(now) {
      connection.value = now;
    },
    silenceMs: 2 * bookmarkMs,
  },
  browserTimers,
);

/** By how much the server's clock is ahead of this one. */
let clockAheadMs = 0;

export function goLive(): void {
  watch.start();
  setInterval(tick, 1000);
  restWhileHidden(watch);
  addEventListener("online", () => watch.retryNow());
}

export function reconnectNow(): void {
  watch.retryNow();
}

/** Takes the watch up again that had come to its end. */
export function goOn(): void {
  watch.start();
}

function tick(): void {
  nowMs.value = Date.now() + clockAheadMs;
}

let telling: ReturnType<typeof setTimeout> | undefined;

/**
 * The book has changed. However much comes, the page is drawn anew at most ten times a second; while the first jobs
 * come, seldom, as that only holds up the rest of them.
 */
export function tellSoon(): void {
  if (bookVersion.peek() === 0) telling ??= setTimeout(tell, 0);
  else telling ??= setTimeout(tell, book.isComplete ? drawEveryMs : 5 * drawEveryMs);
}

function tell(): void {
  clearTimeout(telling);
  telling = undefined;
  bookVersion.value++;
}

const drawEveryMs = 100;
