import type { WatchRequest } from "../control/watch/watch.ts";
import type { ToldMessage } from "./told-message.ts";

/** One watch, as its reader wrote it down: what was asked for, what came, and how it ended. */
export interface WatchRecording {
  readonly request: WatchRequest;
  /** Names the server's count of revisions; every token must carry it. */
  readonly epoch: string;
  /** How many changes the server keeps for watches that lie behind or come back. */
  readonly ring: number;
  readonly messages: readonly ReadMessage[];
  readonly end: WatchEnd;
}

/** A message, and between which revisions of the server it must have been made. */
export interface ReadMessage {
  readonly message: ToldMessage;
  /** The last revision that the reader knew to be published when it asked for the message; 0 where it knew none. */
  readonly asked: number;
  /** The last revision that was committed when the message had come. */
  readonly committed: number;
}

export type WatchEnd =
  /** The reader left, or its connection was cut: what it had not read by then is nobody's fault. */
  | { readonly kind: "left" }
  /** The server ended the stream, with the code of its refusal or well. */
  | { readonly kind: "ended"; readonly refusal?: string | undefined }
  /** It went on, and its reader had all that there was to read when this was the last revision. */
  | { readonly kind: "caught-up"; readonly revision: number };
