import { describe, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createMemoryStore } from "../../src/engine/local/memory-store.ts";
import { type EngineOptions, engineConformance } from "../../src/testing/index.ts";

describe("the local engine on the memory store", () => {
  const createEngine = ({ history, ...options }: EngineOptions) =>
    createLocalEngine({ ...options, store: createMemoryStore({ history }) });
  engineConformance({ createEngine }, { describe, it });
});
