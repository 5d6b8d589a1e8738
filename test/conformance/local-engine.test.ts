import { describe, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { engineConformance } from "../../src/testing/index.ts";

describe("the local engine on the memory store", () => {
  const createEngine = (options: Omit<Parameters<typeof createLocalEngine>[0], "store">) =>
    createLocalEngine({ ...options, store: createMemoryStore() });
  engineConformance({ createEngine }, { describe, it });
  it.skip("fail-over and fencing: for engines that several processes share; this one is not", () => {});
});
