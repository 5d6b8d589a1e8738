import { copyFileSync, existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { emptyBatch } from "../../../src/engine/local/job-store.ts";
import { schemaVersion } from "../../../src/engine/local/sqlite/schema.ts";
import { backupStore, checkStore, compactStore } from "../../../src/engine/local/sqlite/store-file.ts";
import { changed, run, startOf } from "../job-store-suite.ts";
import { storedReceipt } from "../stored-receipt.ts";
import { inlineStores } from "./inline-stores.ts";

const { folder, open } = inlineStores();

/** A store in use, with one of everything in it. */
async function inUse() {
  const { file, store } = await open(folder.newFile());
  await store.commit({ ...changed(1), runs: [run("a")], receipts: [storedReceipt("a", "applied")] });
  const receipts = [storedReceipt("b", "evicted")];
  await store.commit({ ...emptyBatch, accepted: [{ command: startOf("c"), acceptTimeMs: 0 }], receipts });
  return { file, store };
}

/** A store that nobody uses, after something was done to it with SQL. */
async function unused(sql = "SELECT 1"): Promise<string> {
  const { file, store } = await inUse();
  await store[Symbol.asyncDispose]();
  const database = new DatabaseSync(file);
  // Or SQLite would protect what is to be damaged.
  database.enableDefensive(false);
  database.exec(sql);
  database.close();
  return file;
}

describe("checkStore()", () => {
  it("tells what is in a store, in use or not", async () => {
    const found = { schema: schemaVersion, jobs: 1, changes: 1, runs: 1, receipts: 2, pending: 1 };
    const { file } = await inUse();
    expect(checkStore(file)).toMatchObject(found);
    expect(checkStore(await unused())).toMatchObject(found);
  });

  it("leaves nothing beside a store that nobody uses", async () => {
    const file = await unused();
    const before = readdirSync(folder.path);
    checkStore(file);
    expect(readdirSync(folder.path)).toEqual(before);
  });

  it.each([
    ["rows that mean nothing", "UPDATE runs SET run = 'nonsense'"],
    ["a circuit that means nothing", "INSERT INTO circuits VALUES ('t', 'nonsense')"],
    ["an index that lacks a row", brokenIndex()],
  ])("finds %s, and changes nothing", async (_what, sql) => {
    const file = await unused(sql);
    const before = readFileSync(file);
    expect(() => checkStore(file)).toThrow(`Store is damaged: ${file}`);
    expect(readFileSync(file).equals(before)).toBe(true);
  });

  it("reads a store of every earlier schema", () => {
    const fixtures = new URL("fixtures/", import.meta.url);
    for (let schema = 1; schema <= schemaVersion; schema++) {
      const file = folder.newFile();
      copyFileSync(new URL(`v${schema}.db`, fixtures), file);
      expect(checkStore(file)).toMatchObject({ schema });
    }
  });

  it("says that there is no store, and makes none", () => {
    const file = folder.newFile();
    expect(() => checkStore(file)).toThrow(`There is no store: ${file}`);
    expect(existsSync(file)).toBe(false);
  });
});

describe("backupStore()", () => {
  it("makes a store of its own of one that is in use: all that is in it, and another epoch", async () => {
    const { file, store } = await inUse();
    const copy = folder.newFile();
    backupStore(file, copy);
    await store.commit(changed(2));
    const original = await store.history(0, 9);
    const backup = await open(copy);
    expect(await backup.store.history(0, 9)).toEqual(original.slice(0, 1));
    expect(backup.state).toMatchObject({ revision: 1, pending: [{ command: { commandId: "c" } }] });
    expect(await backup.store.receipt({ commandId: "a" })).toBeDefined();
    const epochOf = async () => (await open(folder.copy(file))).state.epoch;
    expect(backup.state.epoch).not.toBe(await epochOf());
    expect(backup.state.epoch).toMatch(/^[0-9a-z]{12}$/);
  });

  it("has what is in the log, whatever name the store is known by", async () => {
    const { file } = await inUse();
    const [link, copy] = [folder.newFile(), folder.newFile()];
    symlinkSync(file, link);
    expect(checkStore(link)).toMatchObject({ jobs: 1, changes: 1, pending: 1 });
    backupStore(link, copy);
    expect(checkStore(copy)).toMatchObject({ jobs: 1, changes: 1, pending: 1 });
  });

  it("overwrites nothing", async () => {
    const { file } = await inUse();
    const copy = folder.newFile();
    writeFileSync(copy, "precious");
    expect(() => backupStore(file, copy)).toThrow(`There is a file already: ${copy}`);
    expect(readFileSync(copy, "utf8")).toBe("precious");
  });

  it("leaves no half of a copy behind where it fails", async () => {
    const { file } = await inUse();
    const copy = `${folder.path}/none/copy.db`;
    expect(() => backupStore(file, copy)).toThrow(`Cannot be written: ${copy}: `);
    expect(readdirSync(folder.path).filter((name) => name.endsWith(".part"))).toEqual([]);
  });
});

describe("compactStore()", () => {
  it("is refused while the store is in use", async () => {
    const { file } = await inUse();
    expect(() => compactStore(file)).toThrow(`Store is in use by process ${process.pid}: ${file}`);
  });

  it("gives back what is free, and loses nothing", async () => {
    const file = await unused("CREATE TABLE ballast AS SELECT randomblob(900000); DROP TABLE ballast");
    const { bytes, ...found } = checkStore(file);
    const { before, after } = compactStore(file);
    expect(before).toBe(bytes);
    expect(after).toBeLessThan(before - 800_000);
    expect(checkStore(file)).toEqual({ ...found, bytes: after });
  });
});

/** The index of receipts, without what is in the table. */
function brokenIndex(): string {
  return `
    PRAGMA writable_schema = ON;
    CREATE TABLE other (command_id TEXT);
    CREATE INDEX empty ON other (command_id);
    UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'empty')
      WHERE name = 'receipts_by_command';
    PRAGMA writable_schema = OFF;`;
}
