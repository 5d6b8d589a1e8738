import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { dashboardPages } from "../../../src/server/web/dashboard-pages.ts";
import type { PageRequest } from "../../../src/server/web/routes.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";
import { pageRequest } from "./page-request.ts";

const pages = dashboardPages();

async function get(path: string, headers: PageRequest["headers"] = {}, from = pages) {
  const answer = await from(pageRequest(path, { headers }));
  if (answer === undefined) return undefined;
  const { status, headers: flat = [], body = "" } = answer;
  const pairs = Array.from({ length: flat.length / 2 }, (_, i) => [
    flat[2 * i]?.toLowerCase(),
    flat[2 * i + 1],
  ]);
  return { status, headers: Object.fromEntries(pairs) as Record<string, string>, body: Buffer.from(body) };
}

describe("The pages of the dashboard", () => {
  it("are the built files, each with its type", async () => {
    expect((await get("/"))?.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect((await get("/assets/page.js"))?.headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect((await get("/assets/page.css"))?.headers["content-type"]).toBe("text/css; charset=utf-8");
    expect((await get("/assets/icon.svg"))?.headers["content-type"]).toBe("image/svg+xml");
  });

  it("hold nothing that the policy against inline code would not let run", async () => {
    const html = String((await get("/"))?.body);
    expect(html).not.toMatch(/<script(?![^>]*\ssrc=)|<style|\sstyle=|\son\w+=|javascript:/i);
  });

  it("come packed to whoever takes that, and are the same", async () => {
    const plain = await get("/assets/page.js");
    const packed = await get("/assets/page.js", { "accept-encoding": "br, gzip;q=0.5" });
    expect(packed?.headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(packed?.body ?? "").equals(plain?.body ?? Buffer.alloc(0))).toBe(true);
    const refused = await get("/assets/page.js", { "accept-encoding": "gzip;q=0" });
    expect(refused?.headers["content-encoding"]).toBeUndefined();
  });

  it("are not sent again to who has them", async () => {
    const { etag = "" } = (await get("/"))?.headers ?? {};
    expect(await get("/", { "if-none-match": `"other", ${etag}` })).toMatchObject({
      status: 304,
      body: Buffer.alloc(0),
    });
    expect(await get("/", { "if-none-match": `"other"` })).toMatchObject({ status: 200 });
  });

  it("are nothing else, and nothing outside of their folder", async () => {
    for (const path of [
      "/index.html",
      "/assets/",
      "/assets/../index.html",
      "/assets/%2e%2e/x",
      "/assets/no.js",
      "/x",
    ])
      expect(await get(path)).toBeUndefined();
  });

  it("are none where the page was not built", async () => {
    await using folder = await TemporaryFolder.create();
    const none = dashboardPages(pathToFileURL(`${folder.path}/missing/`));
    expect(await get("/", {}, none)).toBeUndefined();
  });
});
