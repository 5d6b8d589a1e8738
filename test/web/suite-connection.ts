import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { RecoveringServer } from "../server/recovering-server.ts";
import { TemporaryFolder } from "../temporary-folder.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

export function connectionSuite(): void {
  describe("a stream that is cut", () => {
    it("is told, and taken up where it was when the server is back", async () => {
      await using folder = await TemporaryFolder.create();
      const configuration = { store: { file: join(folder.path, "jobs.db") } };
      await using served = await ServedPage.start({ jobs: { a: () => {}, b: () => {} }, configuration });
      await served.client.jobs.start({ jobId: "a" });
      const page = await open(served.url);
      await page.locator('[data-job="a"]').getByText("succeeded").waitFor();
      const asked: Buffer[] = [];
      page.on("request", (request) => {
        const body = request.postDataBuffer();
        if (request.url().endsWith("/WatchStatus") && body !== null) asked.push(body);
      });
      await served.goAway();
      const banner = page.getByRole("alert");
      await banner.getByText("What you see is as of").waitFor();
      await page.locator('[data-job="a"]').getByText("succeeded").waitFor();
      await served.comeBack();
      await served.client.jobs.start({ jobId: "b" });
      await page.getByRole("button", { name: "Try now" }).click();
      await page.getByText("Live").waitFor();
      await page.locator('[data-job="b"]').getByText("succeeded").waitFor();
      await banner.waitFor({ state: "detached" });
      // With its token, and so without a second snapshot.
      expect(String(asked.at(-1))).toMatch(/[\w-]+:\d+/);
      expect(await page.getByText("All jobs were read anew").count()).toBe(0);
    });

    it("begins anew where the server cannot go on, and says so", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} } });
      await served.client.jobs.start({ jobId: "gone", jobType: "a" });
      const page = await open(served.url);
      await page.locator('[data-job="gone"]').waitFor();
      await served.goAway();
      await page.getByRole("alert").waitFor();
      await served.comeBack();
      await page.getByRole("button", { name: "Try now" }).click();
      await page.getByText("All jobs were read anew").waitFor();
      await page.getByText("1 job", { exact: true }).waitFor();
      expect(await page.locator('[data-job="gone"]').count()).toBe(0);
      await page.getByRole("button", { name: "Dismiss" }).click();
      expect(await page.getByText("All jobs were read anew").count()).toBe(0);
    });

    it("is waited for where the server starts, and still takes over what there is", async () => {
      await using recovering = await RecoveringServer.start();
      const page = await open(recovering.url);
      await page.getByRole("alert").getByText("Server is starting").waitFor();
      await recovering.goOn();
      await page.getByText("Live").waitFor();
      await page.getByRole("alert").waitFor({ state: "detached" });
    });

    it("is told by the server's own word where it shuts down", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} } });
      const page = await open(served.url);
      await page.getByText("Live").waitFor();
      await served.drain();
      await page.getByRole("alert").getByText("The server is shutting down.").waitFor();
    });
  });
}
