import { spawn } from "node:child_process";
import { hash } from "node:crypto";
import { once } from "node:events";
import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { JobStore } from "../../../src/engine/local/job-store.ts";
import { createSqliteStore } from "../../../src/engine/local/sqlite/sqlite-store.ts";
import { changed } from "../job-store-suite.ts";
import { inlineConnection } from "./inline-connection.ts";
import { StoreFolder } from "./store-folder.ts";

const folder = new StoreFolder();
const opened: JobStore[] = [];
let sound = "";

/** A store with enough in it that it has many pages, and that ended in peace. */
beforeAll(async () => {
  sound = folder.newFile();
  const store = createSqliteStore({ file: sound }, inlineConnection);
  await store.load();
  for (let revision = 1; revision <= 100; revision++) await store.commit(changed(revision));
  await store[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store[Symbol.asyncDispose]();
});
afterAll(() => folder[Symbol.dispose]());

/** What a server that is started on it hears. */
async function refusalOf(file: string): Promise<unknown> {
  const store = createSqliteStore({ file });
  opened.push(store);
  return store.load().then(
    () => "opened",
    (error: unknown) => error,
  );
}

/** What is in a file, in its log, and beside them, but for the lock. */
function fingerprintsOf(file: string): Record<string, string> {
  const names = readdirSync(folder.path).filter((name) => name.startsWith(basename(file)));
  const files = names.filter((name) => !name.endsWith("-lock") && !isFolder(join(folder.path, name)));
  return Object.fromEntries(
    files.map((name) => [name, hash("sha256", readFileSync(join(folder.path, name)))]),
  );
}

/** A copy of the sound store to which something has happened. */
function spoilt(spoil: (bytes: Buffer) => Buffer): string {
  const file = folder.newFile();
  writeFileSync(file, spoil(readFileSync(sound)));
  return file;
}

function written(offset: number, value: Buffer): (bytes: Buffer) => Buffer {
  return (bytes) => Buffer.concat([bytes.subarray(0, offset), value, bytes.subarray(offset + value.length)]);
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

describe("a file that is no store, or not a sound one", () => {
  const cases: readonly [what: string, make: () => string, code: string, message: RegExp][] = [
    [
      "is text",
      () => spoilt(() => Buffer.from("hello\n".repeat(99))),
      "STORE_FOREIGN",
      /^Not a store of jobcontrol: /,
    ],
    ["is noise", () => spoilt((bytes) => Buffer.alloc(bytes.length, 0xa5)), "STORE_FOREIGN", /^Not a store/],
    ["is nearly empty", () => spoilt(() => Buffer.from("S")), "STORE_FOREIGN", /^Not a store/],
    ["is another program's database", foreignDatabase, "STORE_FOREIGN", /^Not a store/],
    [
      "was made by a later version",
      () => spoilt(written(60, bigEndian(1000))),
      "STORE_TOO_NEW",
      /^Store was made by a later version of jobcontrol: .*: schema 1000, known up to \d+$/,
    ],
    [
      "is half of it",
      () => spoilt((bytes) => bytes.subarray(0, bytes.length / 2)),
      "STORE_DAMAGED",
      /^Store is damaged: /,
    ],
    [
      "lacks its last page",
      () => spoilt((bytes) => bytes.subarray(0, -4096)),
      "STORE_DAMAGED",
      /^Store is damaged/,
    ],
    [
      "ends in its header",
      () => spoilt((bytes) => bytes.subarray(0, 100)),
      "STORE_DAMAGED",
      /^Store is damaged/,
    ],
    ["has noise in its pages", () => spoilt(noiseAfterFirstPage), "STORE_DAMAGED", /^Store is damaged/],
    [
      "has jobs that mean nothing",
      () => nonsense("UPDATE jobs SET status = 'not JSON'"),
      "STORE_DAMAGED",
      /^Store is damaged/,
    ],
    [
      "has a circuit that means nothing",
      () => nonsense("INSERT INTO circuits VALUES ('t', 'not JSON')"),
      "STORE_DAMAGED",
      /^Store is damaged/,
    ],
    [
      "has commands that mean nothing",
      () => nonsense("INSERT INTO pending VALUES (1, 'id', 0, 'not JSON')"),
      "STORE_DAMAGED",
      /^Store is damaged/,
    ],
    ["is lost, and its log is not", lostFile, "STORE_DAMAGED", /^Store is damaged/],
    ["is a folder", folderInstead, "STORE_INACCESSIBLE", /^Store cannot be opened: /],
  ];

  it.each(cases)("is refused and left as it was: it %s", async (_what, make, code, message) => {
    const file = make();
    const before = fingerprintsOf(file);
    const refusal = await refusalOf(file);
    expect(refusal).toMatchObject({ name: "StoreError", code, message: expect.stringMatching(message) });
    expect(refusal).toMatchObject({ message: expect.stringContaining(file) });
    expect(String(refusal)).not.toContain("\n");
    expect(fingerprintsOf(file)).toEqual(before);
  });

  it("is left as it was with what a crash left in its log, too", async () => {
    const live = folder.newFile();
    const store = createSqliteStore({ file: live }, inlineConnection);
    opened.push(store);
    await store.load();
    await store.commit(changed(1));
    const file = folder.copy(live);
    writeFileSync(file, written(60, bigEndian(1000))(readFileSync(file)));
    const before = fingerprintsOf(file);
    expect(Object.keys(before)).toEqual([basename(file), `${basename(file)}-wal`]);
    expect(await refusalOf(file)).toMatchObject({ code: "STORE_TOO_NEW" });
    expect(fingerprintsOf(file)).toEqual(before);
  });

  it("is not opened where its folder is not there", async () => {
    expect(await refusalOf(`${folder.path}/none/jobs.db`)).toMatchObject({
      code: "STORE_INACCESSIBLE",
      message: expect.stringContaining(`${folder.path}/none/jobs.db`),
    });
  });

  it("is not opened where its name is a link that leads back to itself", async () => {
    const link = folder.newFile();
    symlinkSync(link, link);
    expect(await refusalOf(link)).toMatchObject({ code: "STORE_INACCESSIBLE" });
  });

  it("may be empty: a store is made of it", async () => {
    const file = folder.newFile();
    writeFileSync(file, "");
    expect(await refusalOf(file)).toBe("opened");
  });
});

describe("a second server", () => {
  it("is refused the file, whatever name it knows it by, and hears which process has it", async () => {
    const link = folder.newFile();
    symlinkSync(sound, link);
    expect(await refusalOf(sound)).toBe("opened");
    for (const file of [sound, link])
      expect(await refusalOf(file)).toMatchObject({
        code: "STORE_IN_USE",
        message: expect.stringMatching(new RegExp(`^Store is in use by process ${process.pid}: `)),
      });
  });

  it("is refused a file that was made through a link which led to nothing then", async () => {
    const [file, link, linkToLink] = [folder.newFile(), folder.newFile(), folder.newFile()];
    symlinkSync(basename(file), link);
    symlinkSync(link, linkToLink);
    expect(await refusalOf(linkToLink)).toBe("opened");
    for (const name of [linkToLink, link, file])
      expect(await refusalOf(name)).toMatchObject({ code: "STORE_IN_USE" });
    expect(lstatSync(linkToLink).isSymbolicLink()).toBe(true);
  });

  it("can have the file once the first one was killed, and not before", async () => {
    const file = folder.newFile();
    const first = await serverOn(file);
    expect(await refusalOf(file)).toMatchObject({
      code: "STORE_IN_USE",
      message: `Store is in use by process ${first.pid}: ${file}`,
    });
    first.kill("SIGKILL");
    await once(first, "exit");
    expect(await refusalOf(file)).toBe("opened");
  });

  it("hears of a lock that is no lock by the lock's own name", async () => {
    const file = folder.newFile();
    writeFileSync(`${file}-lock`, "no lock\n".repeat(99));
    expect(await refusalOf(file)).toMatchObject({
      code: "STORE_FOREIGN",
      message: `Not a store of jobcontrol: ${file}-lock`,
    });
  });

  it("can have the file once the first one has ended", async () => {
    const file = folder.newFile();
    expect(await refusalOf(file)).toBe("opened");
    await opened.pop()?.[Symbol.asyncDispose]();
    expect(await refusalOf(file)).toBe("opened");
  });
});

function foreignDatabase(): string {
  const file = folder.newFile();
  const database = new DatabaseSync(file);
  database.exec("CREATE TABLE jobs (job_id TEXT)");
  database.close();
  return file;
}

/** The header is right, and so is the size. */
function noiseAfterFirstPage(bytes: Buffer): Buffer {
  return Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0xa5)]);
}

function nonsense(sql: string): string {
  const file = spoilt((bytes) => bytes);
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
  return file;
}

function lostFile(): string {
  const file = folder.newFile();
  writeFileSync(`${file}-wal`, "what was committed last");
  return file;
}

function folderInstead(): string {
  const file = folder.newFile();
  mkdirSync(file);
  return file;
}

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/** Another process that has opened the store and holds it. */
async function serverOn(file: string) {
  const module = new URL("../../../src/engine/local/sqlite/sqlite-store.ts", import.meta.url).href;
  const script = `
    const { createSqliteStore } = await import(${JSON.stringify(module)});
    await createSqliteStore({ file: ${JSON.stringify(file)} }).load();
    console.log("open");`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(createInterface(child.stdout), "line");
  return child;
}
