import { existsSync, renameSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { emptyBatch, type StoredBatch } from "../../../src/engine/local/job-store.ts";
import { BatchWriter } from "../../../src/engine/local/sqlite/batch-writer.ts";
import { DiskReserve } from "../../../src/engine/local/sqlite/disk-reserve.ts";
import { encodeBatch } from "../../../src/engine/local/sqlite/row-codec.ts";
import type { BatchRows } from "../../../src/engine/local/sqlite/store-requests.ts";
import { StoreWriter } from "../../../src/engine/local/sqlite/store-writer.ts";
import { StoredContent } from "../../../src/engine/local/sqlite/stored-content.ts";
import { change, changed, run } from "../job-store-suite.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const writers: StoreWriter[] = [];
afterEach(() => {
  vi.restoreAllMocks();
  for (const writer of writers.splice(0)) writer.close();
});
afterAll(() => folder[Symbol.dispose]());

const retention = { changes: 100, runsPerJob: 9, runsMs: 1e9, receipts: 9, refusals: 9, receiptsMs: 1e9 };

function open(over: Partial<typeof retention> = {}): { readonly file: string; readonly writer: StoreWriter } {
  const file = folder.newFile();
  const writer = new StoreWriter({ file, retention: { ...retention, ...over }, reserve: 4096 }, () => {});
  writers.push(writer);
  return { file, writer };
}

/** A part with one change. */
function part(revision: number): BatchRows {
  return encoded({ ...emptyBatch, changes: [change(revision)] });
}

function whole(revision: number): BatchRows {
  return encoded(changed(revision));
}

function encoded(batch: StoredBatch): BatchRows {
  return encodeBatch(batch, new StoredContent(), { nowMs: 0, history: 100 });
}

function revisionsIn(file: string): unknown[] {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("SELECT revision FROM changes ORDER BY revision").all();
  database.close();
  return rows.map(({ revision }) => revision);
}

/** How many runs there are, of whatever jobs. */
function runsIn(file: string): unknown {
  const database = new DatabaseSync(file, { readOnly: true });
  const { runs } = database.prepare("SELECT count(*) AS runs FROM runs").get() ?? {};
  database.close();
  return runs;
}

describe("StoreWriter.writePart()", () => {
  it("has nothing of a batch in the file before its last part is written, and then all of it", () => {
    const { file, writer } = open();
    writer.writePart(part(1));
    writer.writePart(part(2));
    expect(revisionsIn(file)).toEqual([]);
    expect(writer.write([part(3)])).toMatchObject({ faults: [undefined], health: "writable" });
    expect(revisionsIn(file)).toEqual([1, 2, 3]);
  });

  it("writes nothing of a batch whose last part never comes", () => {
    const { file, writer } = open();
    writer.write([whole(1)]);
    writer.writePart(part(2));
    writers.splice(0);
    writer.close();
    expect(revisionsIn(file)).toEqual([1]);
  });

  it("writes nothing of a batch whose file is moved away between its parts", () => {
    const { file, writer } = open();
    writer.writePart(part(1));
    renameSync(file, `${file}.moved`);
    expect(writer.write([part(2)])).toMatchObject({
      faults: [{ code: "STORE_UNAVAILABLE" }],
      health: "unavailable",
    });
    renameSync(`${file}.moved`, file);
    expect(revisionsIn(file)).toEqual([]);
  });

  it("is not disturbed by a look whether anything can be written, which has to be repeated", () => {
    const { file, writer } = open();
    writer.writePart(part(1));
    expect(writer.probe()).toMatchObject({ faults: [], health: "writable", isReserved: false });
    expect(writer.write([part(2)]).faults).toEqual([undefined]);
    expect(revisionsIn(file)).toEqual([1, 2]);
    expect(writer.probe()).toMatchObject({ faults: [undefined], isReserved: true });
  });

  it("deletes the runs of a removed job in the end, also where the batch that did so cannot be written", () => {
    const { file, writer } = open({ runsPerJob: 500 });
    const runs = Array.from({ length: 500 }, (_, index) => run(`run-${index}`));
    writer.write([encoded({ ...changed(1), runs })]);
    writer.write([encoded({ ...emptyBatch, changes: [change(2, "removed")] })]);
    expect(runsIn(file)).toBe(244);
    for (const revision of [3, 4]) writer.writePart(part(revision));
    expect(writer.write([part(1)]).faults).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
    expect(runsIn(file)).toBe(244);
    for (const revision of [3, 4]) writer.write([whole(revision)]);
    expect(runsIn(file)).toBe(0);
  });

  it("says that the disk is full also where SQLite does not, and has the reserve for the next try", () => {
    const { file, writer } = open();
    writer.probe();
    // As on the disk: what the reserve gives up is free then.
    vi.spyOn(DiskReserve.prototype, "isDiskFull", "get").mockImplementation(() =>
      existsSync(`${file}-reserve`),
    );
    const write = vi.spyOn(BatchWriter.prototype, "write").mockImplementation(() => {
      throw Object.assign(new Error("disk I/O error"), { errcode: 10 });
    });
    writer.writePart(part(1));
    expect(writer.write([part(2)])).toMatchObject({ faults: [{ code: "STORE_FULL" }], health: "full" });
    expect(existsSync(`${file}-reserve`)).toBe(false);
    write.mockRestore();
    writer.writePart(part(1));
    expect(writer.write([part(2)])).toMatchObject({ faults: [undefined], health: "full" });
  });

  it.each([1, 2, 3])(
    "writes nothing of it where part %i cannot be written, and then what comes next",
    (bad) => {
      const { file, writer } = open();
      writer.write([whole(10)]);
      const parts = [1, 2, 3].map((revision) => part(revision === bad ? 10 : revision));
      for (const rows of parts.slice(0, 2)) writer.writePart(rows);
      const { faults, health } = writer.write(parts.slice(2));
      expect(faults).toMatchObject([{ code: "STORE_UNAVAILABLE" }]);
      expect(health).toBe("unavailable");
      expect(revisionsIn(file)).toEqual([10]);
      writer.writePart(part(11));
      expect(writer.write([part(12)])).toMatchObject({ faults: [undefined], health: "writable" });
      expect(revisionsIn(file)).toEqual([10, 11, 12]);
    },
  );
});
