import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Rolldown } from "vite";
import { describe, expect, it } from "vitest";
import * as inNode from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";

describe("jobcontrol/client in a bundle for browsers", () => {
  it("has nothing of Node, and starts, watches and is refused all the same", async () => {
    const { code, imports } = await bundled("test/client/browser/page.ts");
    expect(imports).toEqual([]);
    expect(code.match(/\bnode:[a-z]+|vite_browser_external|\brequire\(/)).toBeNull();
    await using folder = await TemporaryFolder.create();
    const file = join(folder.path, "page.mjs");
    await writeFile(file, code);
    const page = (await import(
      /* @vite-ignore */ pathToFileURL(file).href
    )) as typeof import("./browser/page.ts");
    await using server = new JobControlServer(testConfiguration(), { log: quietLog });
    const seen = await page.seenFrom(`http://127.0.0.1:${await server.start()}`);
    expect(seen).toEqual(["SUCCEEDED", "sum", "JOB_NOT_FOUND"]);
    // It is the same, but for the client that opens connections of its own.
    const { createJobControlClient: _, ...expected } = inNode;
    expect([...page.exported].sort()).toEqual(Object.keys(expected).sort());
  });
});

async function bundled(entry: string): Promise<Rolldown.OutputChunk> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry, formats: ["es"] } },
  });
  const [{ output }] = built as [Rolldown.RolldownOutput];
  const [chunk] = output;
  return chunk;
}
