import type { Engine, Recovered } from "../engine/engine.ts";

export interface OpenEngineOptions {
  readonly signal: AbortSignal;
  /** What only the one process may do that has the store, while that is being read. */
  readonly onHeld: () => Promise<void>;
}

/**
 * Opens an engine, and does `onHeld` meanwhile. Resolves when both are done; where one of them fails, it rejects with that, and
 * nothing has begun.
 * Cancellation: rejects with the signal's reason, and the engine is as before.
 */
export async function openEngine(engine: Engine, { signal, onHeld }: OpenEngineOptions): Promise<Recovered> {
  const failed = new AbortController();
  let meanwhile: Promise<void> | undefined;
  const begin = () => {
    meanwhile ??= onHeld().catch((error: unknown) => failed.abort(error));
  };
  const recovered = await engine.open({ signal: AbortSignal.any([signal, failed.signal]), onHeld: begin });
  signal.throwIfAborted();
  begin();
  await meanwhile;
  failed.signal.throwIfAborted();
  return recovered;
}
