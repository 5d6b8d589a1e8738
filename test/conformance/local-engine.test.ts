import { describe, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { type EngineOptions, engineConformance } from "../../src/testing/index.ts";

describe("the local engine on the memory store", () => {
  let store = createMemoryStore();
  const recoverEngine = (options: EngineOptions) => createLocalEngine({ ...options, store });
  const createEngine = (options: EngineOptions) => {
    store = createMemoryStore(options);
    return recoverEngine(options);
  };
  engineConformance({ createEngine, recoverEngine }, { describe, it });
});
