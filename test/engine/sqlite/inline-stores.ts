import { afterAll, afterEach } from "vitest";
import type { JobStore } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

/** A folder for the tests of one file, and stores in it without threads, which are closed after each test. */
export function inlineStores() {
  const folder = new StoreFolder();
  const opened: JobStore[] = [];

  afterEach(async () => {
    for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
  });
  afterAll(() => folder[Symbol.dispose]());

  async function open(file: string) {
    const store = createSqliteStore({ file }, inlineConnection);
    opened.push(store);
    return { file, store, state: await store.load() };
  }

  return { folder, open };
}
