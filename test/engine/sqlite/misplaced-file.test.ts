import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { JobStore } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { backupStore, checkStore } from "../../../src/engine/local/sqlite/store-file.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { changed, jobOf } from "../job-store-suite.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const opened: JobStore[] = [];

afterEach(async () => {
  for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
});
afterAll(() => folder[Symbol.dispose]());

/** A store in a folder of its own, with one change in it, and what is heard of its health. */
async function served() {
  const home = folder.newFile();
  mkdirSync(home);
  const file = join(home, "jobs.db");
  const clock = new FakeClock();
  const health: string[] = [];
  const heard = Promise.withResolvers<void>();
  const onHealth = (state: string, cause = "") => {
    health.push(`${state} ${cause}`.trim());
    if (state === "writable") heard.resolve();
  };
  const store = createSqliteStore({ file, clock, onHealth }, inlineConnection);
  opened.push(store);
  await store.load();
  await store.commit(changed(1));
  return { home, file, store, clock, health, writable: heard.promise };
}

describe("a store of which a file is not where it was", () => {
  it.each([
    ["is deleted", "", rmSync],
    [
      "is replaced by a copy",
      "",
      (file: string) => {
        backupStore(file, `${file}.copy`);
        renameSync(`${file}.copy`, file);
      },
    ],
    ["has lost its log", "-wal", (file: string) => rmSync(`${file}-wal`)],
    ["has lost its lock", "-lock", (file: string) => rmSync(`${file}-lock`)],
  ])("refuses what comes, and says why: it %s", async (_what, suffix, spoil) => {
    const { file, store, health } = await served();
    spoil(file);
    await expect(store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    expect(health).toEqual([
      `unavailable File of the store was deleted, replaced or moved while it was in use: ${file}${suffix}`,
    ]);
  });

  it("goes on by itself when they are back, with nothing lost", async () => {
    const { home, file, store, clock, health, writable } = await served();
    renameSync(home, `${home}-elsewhere`);
    await expect(store.commit(changed(2))).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    renameSync(`${home}-elsewhere`, home);
    await clock.advance(1000);
    await writable;
    expect(health).toEqual([expect.stringMatching(/^unavailable /), "writable"]);
    await store.commit(changed(2));
    await store[Symbol.asyncDispose]();
    expect(checkStore(file)).toMatchObject({ changes: 2 });
  });

  it("writes nothing into the file that has its name now", async () => {
    const { file, store } = await served();
    backupStore(file, `${file}.copy`);
    // So much that the log would be brought into the file.
    const input = { text: "x".repeat(60_000) };
    for (let revision = 2; revision <= 60; revision++)
      await store.commit({ ...changed(revision), jobs: new Map([["job", { ...jobOf(revision), input }]]) });
    renameSync(`${file}.copy`, file);
    for (let number = 0; number < 10; number++)
      await expect(
        store.commit({ ...changed(61), jobs: new Map([["job", { ...jobOf(61), input }]]) }),
      ).rejects.toThrow();
    await store[Symbol.asyncDispose]();
    expect(checkStore(file)).toMatchObject({ changes: 1 });
  });
});
