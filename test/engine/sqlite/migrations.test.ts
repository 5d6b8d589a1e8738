import { cpSync, readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { openStore } from "../../../src/engine/local/sqlite/open-database.ts";
import { migrations } from "../../../src/engine/local/sqlite/schema.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

/** Files that servers of each schema left behind, all with the same content, as far as each has a place for it. */
const fixtures = fileURLToPath(new URL("fixtures", import.meta.url));

/** From the second schema on. */
const circuits = new Map([
  ["mail", { state: "closed", failures: 2 }],
  ["report", { state: "half-open", failures: 5, openedMs: 3, probes: ["run-1"], probedMs: 4 }],
]);

const folder = new StoreFolder();
afterAll(() => folder[Symbol.dispose]());

function copyOf(fixture: string): string {
  const file = folder.newFile();
  cpSync(`${fixtures}/${fixture}`, file);
  return file;
}

describe("a file of an earlier schema", () => {
  it("is kept here of every schema there was", () => {
    const versions = migrations.map((_, index) => `v${index + 1}.db`);
    expect(readdirSync(fixtures)).toEqual(versions);
  });

  it.each(readdirSync(fixtures))("is taken over with all that is in it: %s", async (fixture) => {
    const store = createSqliteStore({ file: copyOf(fixture), clock: new FakeClock() }, inlineConnection);
    const { epoch, ...state } = await store.load();
    expect(epoch).toMatch(/^[0-9a-z]+$/);
    const status = { jobId: "report", uid: "uid-1", labels: { team: "x" }, state: "stopped" };
    expect(state).toMatchObject({
      revision: 2,
      oldestCursor: 0,
      jobs: [{ status: { ...status, revision: 2 }, input: { month: "2026-01" }, result: { pages: 31 } }],
      circuits: fixture === "v1.db" ? new Map() : circuits,
      pending: [{ acceptTimeMs: 5, command: { kind: "start", commandId: "pending", priority: "low" } }],
    });
    expect(await store.history(0, 9)).toMatchObject([
      { revision: 1, kind: "changed", status, progressOnly: false },
      { revision: 2, previousState: "stopped", previousLabels: {} },
    ]);
    expect((await store.runs("report", { size: 9 })).runs).toMatchObject([{ runId: "run-1", endTimeMs: 2 }]);
    expect(await store.receipt({ requestId: "request-answered" })).toMatchObject({
      content: "fingerprint",
      settlement: { receipt: { outcome: "applied", tokenWaitMs: 3 }, answer: { started: true, status } },
    });
    expect(await store.receipt({ commandId: "refused" })).toMatchObject({
      settlement: { receipt: { outcome: "expired" }, refusal: { code: "COMMAND_EXPIRED" } },
    });
    await store[Symbol.asyncDispose]();
  });
});

describe("openStore() with steps to later schemas", () => {
  const options = { changes: 10, onPart: () => {} };
  const later = [...migrations, "ALTER TABLE jobs ADD COLUMN later TEXT", "UPDATE jobs SET later = 'yes'"];

  it("does each step that is missing, in order, and once", () => {
    const file = copyOf("v1.db");
    const { database, loaded } = openStore(file, { ...options, steps: later });
    expect(loaded.pending).toHaveLength(1);
    expect(database.prepare("SELECT later FROM jobs").get()).toMatchObject({ later: "yes" });
    database.close();
    const again = openStore(file, { ...options, steps: later });
    expect(versionOf(again.database)).toBe(migrations.length + 2);
    again.database.close();
  });

  it("refuses the file from then on to a server that knows only the earlier ones", () => {
    const file = copyOf("v1.db");
    openStore(file, { ...options, steps: later }).database.close();
    expect(() => openStore(file, options)).toThrow(/^Store was made by a later version/);
  });

  it("leaves the file at the last schema that was reached where a step fails", () => {
    const file = copyOf("v1.db");
    const steps = [...later.slice(0, -1), "UPDATE jobs SET later = 'half'; SELECT * FROM nowhere"];
    expect(() => openStore(file, { ...options, steps })).toThrow("no such table: nowhere");
    const database = new DatabaseSync(file);
    expect(versionOf(database)).toBe(migrations.length + 1);
    expect(database.prepare("SELECT later FROM jobs").get()).toMatchObject({ later: null });
    database.close();
  });

  it("says the version in the file's own header, where an earlier jobcontrol looks for it, before it is closed", () => {
    const file = copyOf("v1.db");
    const { database } = openStore(file, { ...options, steps: later });
    expect(() => openStore(file, options)).toThrow(/^Store was made by a later version/);
    database.close();
  });
});

function versionOf(database: DatabaseSync): number {
  const { user_version: version } = database.prepare("PRAGMA user_version").get() ?? {};
  return Number(version);
}
