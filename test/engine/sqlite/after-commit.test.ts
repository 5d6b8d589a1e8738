import { mkdirSync, rmdirSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { emptyBatch } from "../../../src/engine/local/job-store.ts";
import { DiskReserve } from "../../../src/engine/local/sqlite/disk-reserve.ts";
import { encodeBatch } from "../../../src/engine/local/sqlite/row-codec.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { StoreCheckpointer } from "../../../src/engine/local/sqlite/store-checkpointer.ts";
import type { BatchRows } from "../../../src/engine/local/sqlite/store-requests.ts";
import { StoreWriter } from "../../../src/engine/local/sqlite/store-writer.ts";
import { StoredContent } from "../../../src/engine/local/sqlite/stored-content.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { SmallDisk } from "../../server/small-disk.ts";
import { changed, jobOf } from "../job-store-suite.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const retention = {
  changes: 100,
  runsPerJob: 1,
  runsMs: 1,
  receipts: 1,
  refusals: 1,
  receiptsMs: 1,
};

/** A batch of jobs with inputs of so many characters. */
function rows(revision: number, inputLength: number, jobIds: readonly string[] = ["job"]): BatchRows {
  const { status, ...rest } = jobOf(revision);
  const input = { text: `${revision}`.padEnd(inputLength) };
  const jobs = jobIds.map((jobId) => [jobId, { ...rest, input, status: { ...status, jobId } }] as const);
  return encodeBatch({ ...changed(revision), jobs: new Map(jobs) }, new StoredContent(), {
    nowMs: 0,
    history: 100,
  });
}

function revisionIn(file: string): number {
  const database = new DatabaseSync(file, { readOnly: true });
  const { revision } = database.prepare("SELECT max(revision) AS revision FROM changes").get() ?? {};
  database.close();
  return Number(revision);
}

const disk = SmallDisk.mount(16);
const reason = typeof disk === "string" ? `: ${disk}` : "";

describe("StoreWriter.write()", () => {
  it.skipIf(reason !== "")(
    `says of a batch that it is written where only the end of the log fails, for lack of room in the file${reason}`,
    () => {
      if (typeof disk === "string") return;
      using small = disk;
      const file = `${small.path}/jobs.db`;
      const writer = new StoreWriter({ file, retention, reserve: 256 * 1024 }, () => {});
      const checkpointer = new StoreCheckpointer(file);
      expect(writer.probe().health).toBe("writable");
      let revision = 0;
      const writeUntil = (pages: number) => {
        while (writer.write([rows(++revision, 60_000)]).unsavedPages < pages);
      };
      // The log becomes long, and the room it has is written over from its beginning.
      writeUntil(1200);
      checkpointer.checkpoint();
      writeUntil(1000);
      // While somebody reads it goes on there, though next to all of it is in the file.
      const reader = new DatabaseSync(file, { readOnly: true });
      reader.exec("BEGIN; SELECT * FROM identity");
      checkpointer.checkpoint();
      writer.write([rows(++revision, 10)]);
      reader.close();
      small.fill();

      const { faults, health } = writer.write([rows(++revision, 60_000, ["a", "b", "c", "d"])]);
      expect({ faults, health }).toEqual({ faults: [undefined], health: "writable" });
      expect(revisionIn(file)).toBe(revision);
      expect(() => checkpointer.checkpoint()).toThrow("disk is full");

      small.empty();
      expect(writer.write([rows(++revision, 10)])).toMatchObject({ faults: [undefined], health: "writable" });
      expect(revisionIn(file)).toBe(revision);
      for (const connection of [checkpointer, writer]) connection.close();
    },
  );
});

describe("DiskReserve", () => {
  it("is not there where the disk cannot be asked, and throws nothing", () => {
    const reserve = new DiskReserve("/none/jobs.db", 1);
    expect(reserve.restore()).toBe("failed");
    expect(reserve.release()).toBe(false);
    expect(reserve.isDiskFull).toBe(false);
  });

  it("throws nothing where something else has its name", () => {
    expect(new DiskReserve("/dev/null/jobs.db", 1).release()).toBe(false);
  });

  it("is no sign of a full disk where it cannot be made for another reason, and is made as soon as it can be", async () => {
    using folder = new StoreFolder();
    const file = folder.newFile();
    const clock = new FakeClock();
    const health: string[] = [];
    const onHealth = (each: string) => health.push(each);
    await using store = createSqliteStore({ file, clock, onHealth }, inlineConnection);
    await store.load();
    mkdirSync(`${file}-reserve`);
    const settle = () => store.commit(emptyBatch);
    await clock.advance(1000);
    await settle();
    expect(store.full).toBeUndefined();
    expect(health).toEqual([]);
    rmdirSync(`${file}-reserve`);
    await clock.advance(1000);
    await settle();
    expect(statSync(`${file}-reserve`).size).toBe(8 * 1024 * 1024);
  });
});
