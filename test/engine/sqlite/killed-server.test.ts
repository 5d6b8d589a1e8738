import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { openStore } from "../../../src/engine/local/sqlite/open-database.ts";
import { migrations } from "../../../src/engine/local/sqlite/schema.ts";
import { backupStore, checkStore, compactStore } from "../../../src/engine/local/sqlite/store-file.ts";
import { SmallDisk } from "../../server/small-disk.ts";
import { changed, jobOf } from "../job-store-suite.ts";
import { inlineStores } from "./inline-stores.ts";

const { folder, open } = inlineStores();

/**
 * A file as it is while a checkpoint makes it longer: that writes the pages in their order, the first, which says how
 * many there are, before those that are new. All of them are in the log.
 */
async function halfCheckpointed(): Promise<string> {
  const live = folder.newFile();
  const { store } = await open(live);
  const input = { text: "x".repeat(60_000) };
  await store.commit({ ...changed(1), jobs: new Map([["job", { ...jobOf(1), input }]]) });
  const file = folder.copy(live);
  await store[Symbol.asyncDispose]();
  const whole = readFileSync(live);
  writeFileSync(file, Buffer.concat([whole.subarray(0, 4096), readFileSync(file).subarray(4096)]));
  expect(statSync(file).size).toBeLessThan(whole.length);
  return file;
}

describe("a file that is shorter than it says, beside a log that has the rest", () => {
  it("is opened with all that was answered", async () => {
    const { state } = await open(await halfCheckpointed());
    expect(state).toMatchObject({
      revision: 1,
      jobs: [{ input: { text: expect.stringMatching(/^x{60000}$/) } }],
    });
  });

  it("is sound, and can be copied and compacted", async () => {
    const file = await halfCheckpointed();
    expect(checkStore(file)).toMatchObject({ jobs: 1, changes: 1 });
    const copy = folder.newFile();
    backupStore(file, copy);
    expect((await open(copy)).state.revision).toBe(1);
    compactStore(file);
    expect(checkStore(file)).toMatchObject({ jobs: 1, changes: 1 });
  });

  it("is damaged where the log does not have it", async () => {
    const file = await halfCheckpointed();
    writeFileSync(`${file}-wal`, Buffer.alloc(statSync(`${file}-wal`).size, 0xa5));
    const before = readFileSync(file);
    await expect(open(file)).rejects.toMatchObject({ code: "STORE_DAMAGED" });
    expect(() => checkStore(file)).toThrow(`Store is damaged: ${file}`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });
});

describe("a first start that does not come to its end", () => {
  const options = { changes: 10, onPart: () => {} };

  it("leaves no file: there is none before it is a whole store", async () => {
    const file = folder.newFile();
    // Half of the schema is done when the second half fails.
    const steps = [`${migrations[0]}; SELECT * FROM nowhere`];
    expect(() => openStore(file, { ...options, steps })).toThrow("no such table: nowhere");
    expect(readdirSync(folder.path).filter((name) => `${folder.path}/${name}`.startsWith(file))).toEqual([]);
    expect((await open(file)).state.revision).toBe(0);
  });

  it("does not stand in the way of the next with what it had made", async () => {
    const file = folder.newFile();
    writeFileSync(`${file}-part`, readFileSync(await halfCheckpointed()));
    // Of a file that was there once: SQLite would take it for the new one's, and undo that.
    writeFileSync(`${file}-journal`, "half a journal");
    expect((await open(file)).state.revision).toBe(0);
    expect([existsSync(`${file}-part`), existsSync(`${file}-journal`)]).toEqual([false, false]);
  });

  it("keeps to who may read an empty file that was there", async () => {
    const file = folder.newFile();
    writeFileSync(file, "");
    chmodSync(file, 0o600);
    await open(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  const disk = SmallDisk.mount(1);
  const reason = typeof disk === "string" ? `: ${disk}` : "";

  it.skipIf(reason !== "")(`can be tried again where there was no room for it${reason}`, async () => {
    if (typeof disk === "string") return;
    using small = disk;
    for (const kilobytes of [0, 16, 32, 64, 96]) {
      const file = `${small.path}/${kilobytes}.db`;
      writeFileSync(`${small.path}/room`, Buffer.alloc(kilobytes * 1024));
      small.fill();
      rmSync(`${small.path}/room`);
      await expect(open(file)).rejects.toMatchObject({
        code: "STORE_INACCESSIBLE",
        message: expect.stringMatching(/^Store cannot be opened: .*(full|disk|space)/),
      });
      small.empty();
      const { store, state } = await open(file);
      expect(state.revision).toBe(0);
      await store[Symbol.asyncDispose]();
      rmSync(file);
    }
  });
});
