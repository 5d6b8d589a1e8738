import type { Abortable } from "./abort.ts";
import type { LoopTurn } from "./loop-turn.ts";
import { nextTurn } from "./next-turn.ts";

export interface InTurnsOptions extends Abortable {
  /** How long a turn may become. */
  readonly turn: Pick<LoopTurn, "isLong">;
}

/**
 * Does something with each of them, in their order, and lets all else have its turns of the event loop meanwhile: for what may be very
 * many. Rejects with what `each` throws.
 * Cancellation: rejects with the signal's reason; what is done is done.
 */
export async function inTurns<T>(
  items: Iterable<T>,
  each: (item: T) => void,
  { turn, signal }: InTurnsOptions,
): Promise<void> {
  signal?.throwIfAborted();
  for (const item of items) {
    if (turn.isLong) {
      await nextTurn();
      signal?.throwIfAborted();
    }
    each(item);
  }
}
