import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { build, type Rolldown } from "vite";
import { beforeAll, describe, expect, it } from "vitest";
import * as inNode from "../../src/client/index.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { quietLog, testConfiguration } from "../interop/test-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { chromiumArguments, chromiumPath } from "../web/browser.ts";

type PageModule = typeof import("./browser/page.ts");

describe("jobcontrol/client in a bundle for browsers", () => {
  let chunk: Rolldown.OutputChunk;

  beforeAll(async () => {
    chunk = await bundled("test/client/browser/page.ts");
  });

  it("has nothing of Node", () => {
    expect(chunk.imports).toEqual([]);
    expect(chunk.code.match(/\bnode:[a-z]+|vite_browser_external|\brequire\(/)).toBeNull();
  });

  it("is the same, but for what opens connections of its own", async () => {
    await using folder = await TemporaryFolder.create();
    const file = join(folder.path, "page.mjs");
    await writeFile(file, chunk.code);
    const { exported } = (await import(/* @vite-ignore */ pathToFileURL(file).href)) as PageModule;
    const { createJobControlClient: _, ...expected } = inNode;
    expect([...exported].sort()).toEqual(Object.keys(expected).sort());
  });

  it.skipIf(chromiumPath === undefined)(
    "starts, watches and is refused in a page of another origin",
    async () => {
      await using pages = await servePages({ "/": "<!doctype html>", "/page.mjs": chunk.code });
      const web = { hosts: [], origins: [pages.origin], maxConnections: 10 };
      await using server = new JobControlServer(testConfiguration({ web }), { log: quietLog });
      const url = `http://127.0.0.1:${await server.start()}`;
      await using browser = await chromium.launch({
        executablePath: chromiumPath ?? "",
        args: chromiumArguments,
      });
      const page = await browser.newPage();
      await page.goto(pages.origin);
      // As text, because what is a function here the test's own tool has rewritten.
      const seen: unknown = await page.evaluate(
        `import("/page.mjs").then((page) => page.seenFrom("${url}"))`,
      );
      expect(seen).toEqual(["SUCCEEDED", "sum", "JOB_NOT_FOUND"]);
    },
  );
});

async function bundled(entry: string): Promise<Rolldown.OutputChunk> {
  const built = await build({
    configFile: false,
    logLevel: "error",
    build: { write: false, minify: false, lib: { entry, formats: ["es"] } },
  });
  const [{ output }] = built as [Rolldown.RolldownOutput];
  const [first] = output;
  return first;
}

/** A site of somebody else's, on a port of its own. */
async function servePages(
  files: Readonly<Record<string, string>>,
): Promise<AsyncDisposable & { readonly origin: string }> {
  const server = createServer(({ url = "" }, response) => {
    const type = url.endsWith(".mjs") ? "text/javascript" : "text/html";
    response.writeHead(files[url] === undefined ? 404 : 200, { "content-type": type }).end(files[url]);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    origin: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => server.close(() => resolve()).closeAllConnections()),
  };
}
