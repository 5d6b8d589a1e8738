import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf } from "./transcript.ts";

/** The TypeScript of docs/pipelines.md, with the parts that it leaves to its reader. */
const parts = `
import { EventEmitter, on } from "node:events";
import { open } from "node:fs/promises";
import type { JobContext } from "jobcontrol";
import { PipelineError, pipeline, progressOf } from "jobcontrol/pipeline";
const shop = new EventEmitter();
const rows: readonly number[] = [1, 2, 3];
const events = rows;
const { signal } = new AbortController();
const validate = (row: number) => (row > 1 ? [row] : []);
const enrich = async (row: number) => {
  if (row === Number(process.env["FAIL"])) throw new RangeError("no such customer");
  return { row, name: String(row) };
};
const persist = (stored: unknown) => console.log(JSON.stringify(stored));
const append = async (event: number) => console.log("append", event);
const apply = (event: number) => console.log("apply", event);
const show = (event: number) => console.log("show", event);
export { open, on, shop, PipelineError, progressOf, rows, events, signal };
export { validate, enrich, persist, append, apply, show, type JobContext };
`;

const snippets = blocksOf(readFileSync("docs/pipelines.md", "utf8"), "ts");
const files = snippets.map((_, index) => resolve(`test/readme/pipelines-${index}.temporary.ts`));

/** A snippet as a module; what it imports itself, the parts have imported. */
function moduleOf(snippet: string): string {
  return parts + snippet.replace(/^import .*;$/m, "");
}

/** What a snippet prints, with `more` after it. */
async function printed(index: number, { more = "", env = {} } = {}): Promise<readonly string[]> {
  const file = files[index] ?? "";
  await writeFile(file, `${moduleOf(snippets[index] ?? "")}\n${more}`);
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env: { ...process.env, ...env } });
  return stdout.trimEnd().split("\n");
}

describe("The TypeScript of docs/pipelines.md", () => {
  beforeAll(async () => {
    await Promise.all(files.map((file, index) => writeFile(file, moduleOf(snippets[index] ?? ""))));
  });

  afterAll(async () => {
    await Promise.all(files.map((file) => rm(file, { force: true })));
  });

  it("compiles", async () => {
    expect(files).toHaveLength(6);
    const tsc = promisify(execFile)("node_modules/.bin/tsc", ["-p", "test/readme/pipelines.tsconfig.json"]);
    const { stdout } = await tsc.catch((failed: { stdout: string }) => failed);
    expect(stdout).toBe("");
  });

  it("stores rows in batches", async () => {
    expect(await printed(0)).toEqual(['[{"row":2,"name":"2"},{"row":3,"name":"3"}]']);
  });

  it("takes what an emitter tells", async () => {
    const more = `
      const ended = new AbortController();
      const running = placed.forEach(([order]) => ended.abort(order), { signal: ended.signal });
      shop.emit("placed", "order 1");
      console.log(await running.catch((reason) => reason), shop.listenerCount("placed"));`;
    expect(await printed(1, { more })).toEqual(["order 1 0"]);
  });

  it("reads a file by its lines", async () => {
    const more = `await pipeline(linesOf("package.json")).forEach((line) => console.log(line));`;
    const [first] = await printed(2, { more });
    expect(first).toBe("{");
  });

  it("says which stage failed", async () => {
    expect(await printed(3)).toEqual(rowsStored);
    const lines = await printed(3, { env: { FAIL: "2" } });
    // What was ahead of it may have been stored by then, or not.
    const told = lines.filter((line) => line !== rowsStored[0]);
    expect(told.slice(0, 2)).toEqual(["enrich", "RangeError: no such customer"]);
  });

  it("tells a job's progress", async () => {
    const ctx =
      "{ signal, progress: (update: object) => console.log(JSON.stringify(update)) } as unknown as JobContext";
    const lines = await printed(4, { more: `console.log(JSON.stringify(await run(${ctx})));` });
    expect(lines).toEqual([
      ...rowsStored,
      '{"current":3,"total":3,"unit":"rows","message":"enrich 3, persist 3"}',
      '{"persisted":3}',
    ]);
  });

  it("gives each event to each handler", async () => {
    const lines = await printed(5);
    const expected = ["append", "apply", "show"].flatMap((handler) =>
      [1, 2, 3].map((n) => `${handler} ${n}`),
    );
    expect([...lines].sort()).toEqual(expected);
  });
});

const rowsStored = [1, 2, 3].map((row) => JSON.stringify({ row, name: String(row) }));
