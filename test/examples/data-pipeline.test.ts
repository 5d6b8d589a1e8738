import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { killAll } from "../cli/jobctl-process.ts";
import { ServedExample } from "./served-example.ts";

const file = "examples/data-pipeline/navaids.db";
let example: ServedExample;

beforeAll(async () => {
  rmSync(file, { force: true });
  example = await ServedExample.start("data-pipeline");
});

afterAll(async () => {
  example[Symbol.dispose]();
  await killAll();
  rmSync(file, { force: true });
});

function query(sql: string): unknown[] {
  using database = new DatabaseSync(file, { readOnly: true });
  return database.prepare(sql).all();
}

describe("the data pipeline", () => {
  it("stores what is right, tells what is broken, and says so in its result", async () => {
    const status = await example.run("import-navaids");
    expect(status).toMatchObject({
      state: JobState.SUCCEEDED,
      result: { lines: 1401, stored: 1394, broken: 7 },
    });
    expect(query("SELECT count(*) AS stored FROM navaids")).toEqual([{ stored: 1394 }]);
    const barcelona =
      "SELECT name, country, continent, band FROM navaids WHERE ident = 'BCN' AND country = 'Spain'";
    expect(query(barcelona)).toEqual([{ name: "Barcelona", country: "Spain", continent: "EU", band: "VHF" }]);
    expect((await example.output("import-navaids")).toSorted()).toEqual([
      "line 1104: no such country: XX",
      "line 117: frequency_khz is not a number from 1 to 1000000: -1",
      "line 197: frequency_khz is not a number from 1 to 1000000: -1",
      "line 202: latitude_deg is not a number from -90 to 90: north",
      'line 703: no value at: "Broken C',
      "line 837: frequency_khz is not a number from 1 to 1000000: -1",
      "line 838: frequency_khz is not a number from 1 to 1000000: -1",
    ]);
  });

  it("tells how far it is, stage by stage", async () => {
    const status = await example.runUntil(
      "import-navaids",
      { lookupMs: 10 },
      ({ currentRun }) => (currentRun?.progress?.current ?? 0) > 100,
    );
    expect(status.currentRun?.progress).toMatchObject({
      total: 1401,
      unit: "lines",
      message: expect.stringMatching(/^validate \d+.*, enrich \d+.*, batch \d+.*, persist \d+/),
    });
    expect(await example.done("import-navaids")).toMatchObject({ state: JobState.SUCCEEDED });
  });

  it("stops half way, with what was stored in whole batches, and can be run again", async () => {
    rmSync(file);
    await example.runUntil(
      "import-navaids",
      { lookupMs: 20 },
      ({ currentRun }) => (currentRun?.progress?.current ?? 0) > 300,
    );
    const { status } = await example.client.jobs.stop({ jobId: "import-navaids", wait: true });
    expect(status).toMatchObject({ state: JobState.STOPPED });
    const [{ stored } = { stored: 0 }] = query("SELECT count(*) AS stored FROM navaids") as {
      stored: number;
    }[];
    expect(stored).toBeGreaterThan(0);
    expect(stored).toBeLessThan(1394);
    await example.run("import-navaids", { lookupMs: 0 });
    expect(query("SELECT count(*) AS stored FROM navaids")).toEqual([{ stored: 1394 }]);
  });

  it("fails, and names the stage, where the store cannot be written to", async () => {
    using database = new DatabaseSync(file);
    database.exec("DROP TABLE navaids; CREATE TABLE navaids (id INTEGER PRIMARY KEY)");
    const status = await example.run("import-navaids");
    expect(status).toMatchObject({
      state: JobState.FAILED,
      message: expect.stringContaining("Pipeline failed in persist"),
    });
  });
});
