import type { WatchRequest } from "../../src/control/watch/watch.ts";
import type { JobHistory } from "../../src/testing/job-history.ts";
import {
  type ToldChange,
  type ToldClosing,
  type ToldMessage,
  toldByCore,
} from "../../src/testing/told-message.ts";
import type { WatchEnd, WatchRecording } from "../../src/testing/watch-recording.ts";
import { validateWatch } from "../../src/testing/watch-validator.ts";
import { wholeWatch } from "../control/core-harness.ts";

const epoch = "e";
const serverTimeMs = 0;

/** Messages as a server that may be wrong tells them of a history, and what the validator says to them. */
export function handMadeStream(history: JobHistory) {
  /** The snapshot of some jobs at a revision, and its end. */
  function snapshot(revision: number, ...jobIds: readonly string[]): ToldMessage[] {
    const messages = jobIds.map((jobId) => {
      const status = history.statusAt(jobId, revision);
      return toldByCore({ kind: "snapshot", jobId, status, serverTimeMs });
    });
    return [...messages, mark(revision)];
  }

  function mark(revision: number): ToldMessage {
    return toldByCore({ kind: "snapshot-end", resumeToken: tokenOf(revision), serverTimeMs });
  }

  /** A change as it was committed, but for what a test says. */
  function change(revision: number, over: Partial<ToldChange> = {}): ToldMessage {
    const committed = history.at(revision);
    if (committed === undefined) throw new RangeError(`No such revision: ${revision}`);
    const message = { ...committed, resumeToken: tokenOf(revision), coalesced: 0, serverTimeMs };
    return { ...toldByCore(message), ...over } as ToldMessage;
  }

  function bookmark(revision: number): ToldMessage {
    return toldByCore({ kind: "bookmark", resumeToken: tokenOf(revision), serverTimeMs });
  }

  function reset(): ToldMessage {
    return toldByCore({ kind: "reset", serverTimeMs });
  }

  function closing(reason: ToldClosing["reason"], revision: number): ToldMessage {
    return toldByCore({ kind: "closing", reason, resumeToken: tokenOf(revision), serverTimeMs });
  }

  /** What the validator finds: `word@index`. */
  function judge(messages: readonly ToldMessage[], told: Told = {}): string[] {
    const { request, ring = 100, asked = 0, committed = history.revision, end = { kind: "left" } } = told;
    const last = messages.at(-1);
    const recording: WatchRecording = {
      request: { ...wholeWatch, ...request },
      epoch,
      ring,
      messages: messages.map((message) => {
        return { message, asked: message === last ? (told.askedLast ?? asked) : asked, committed };
      }),
      end,
    };
    return validateWatch(recording, history).map(({ word, index }) => `${word}@${index}`);
  }

  return { snapshot, mark, change, bookmark, reset, closing, judge };
}

export interface Told {
  readonly request?: Partial<WatchRequest>;
  /** Default: 100 */
  readonly ring?: number;
  /** Default: 0 */
  readonly asked?: number;
  /** Of the last message. Default: as of the others */
  readonly askedLast?: number;
  /** Default: the whole history */
  readonly committed?: number;
  /** Default: the reader left */
  readonly end?: WatchEnd;
}

export function tokenOf(revision: number): string {
  return `${epoch}:${revision}`;
}
