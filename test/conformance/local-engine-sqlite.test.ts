import { afterAll, describe, it } from "vitest";
import { createLocalEngine } from "../../src/engine/local/local-engine.ts";
import { createSqliteStore } from "../../src/engine/local/sqlite/sqlite-store.ts";
import { type EngineOptions, engineConformance } from "../../src/testing/index.ts";
import { SettlingStore } from "../engine/settling-store.ts";
import { inlineConnection } from "../engine/sqlite/inline-connection.ts";
import { StoreFolder } from "../engine/sqlite/store-folder.ts";

describe("the local engine on the SQLite store", () => {
  const folder = new StoreFolder();
  afterAll(() => folder[Symbol.dispose]());
  let stores: SettlingStore[] = [];
  let file = "";

  function engineOn(newFile: string, { history, ...options }: EngineOptions) {
    file = newFile;
    const settling = new SettlingStore(createSqliteStore({ file, history }, inlineConnection));
    stores = [...stores.slice(-3), settling];
    return createLocalEngine({ ...options, store: settling.store });
  }

  engineConformance(
    {
      createEngine: (options) => engineOn(folder.newFile(), options),
      recoverEngine: (options) => engineOn(folder.copy(file), options),
      async settle() {
        for (const store of stores) await store.settle();
      },
    },
    { describe, it },
  );
});
