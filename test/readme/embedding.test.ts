import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blocksOf } from "./transcript.ts";

const snippets = blocksOf(readFileSync("docs/embedding.md", "utf8"), "ts");
const files = snippets.map((_, index) => resolve(`test/readme/embedding-${index}.temporary.ts`));

/** What the program prints. */
async function printed(index: number): Promise<string> {
  return (await promisify(execFile)(process.execPath, [files[index] ?? ""])).stdout;
}

describe("The TypeScript of docs/embedding.md", () => {
  beforeAll(async () => {
    await Promise.all(files.map((file, index) => writeFile(file, snippets[index] ?? "")));
  });

  afterAll(async () => {
    await Promise.all(files.map((file) => rm(file, { force: true })));
  });

  it("runs a job in the program, and ends by itself", async () => {
    expect(await printed(0)).toMatch(/^(greet .*\n)*greet Hello greet\n$/);
  });

  it("opens a port", async () => {
    expect(await printed(1)).toMatch(/^127\.0\.0\.1:\d+\n$/);
  });
});
