import type { EngineObserver } from "../engine/engine.ts";

/** Several who hear of an engine, as one. */
export function observers(...all: readonly Partial<EngineObserver>[]): EngineObserver {
  return {
    commandSettled: (command, receipt, answer) => {
      for (const each of all) each.commandSettled?.(command, receipt, answer);
    },
    storeCommitted: (durationMs, succeeded) => {
      for (const each of all) each.storeCommitted?.(durationMs, succeeded);
    },
  };
}
