import { describe, expect, it } from "vitest";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

export function jobSuite(): void {
  describe("the page of a job", () => {
    it("shows output as it is written, then the result, and each run's own output", async () => {
      const written: ((text: string) => void)[] = [];
      const ended: (() => void)[] = [];
      await using served = await ServedPage.start({
        jobs: {
          report: async ({ log, input }) => {
            written.push(log);
            log(`begins with ${JSON.stringify(input)}`);
            await new Promise<void>((resolve) => void ended.push(resolve));
            return { pages: 7, title: "Übersicht" };
          },
        },
      });
      await served.client.jobs.start({ jobId: "report", input: { page: 1 } });
      const page = await open(served.url, "#/jobs/report");
      const lines = page.getByRole("log", { name: "Lines" });
      await lines.getByText('begins with {"page":1}').waitFor();
      written[0]?.("a line that came later");
      await lines.getByText("a line that came later").waitFor();
      ended[0]?.();
      await page.getByRole("heading", { name: "report" }).locator("..").getByText("succeeded").waitFor();
      await page
        .getByRole("region", { name: "Result", exact: true })
        .getByText('"title": "Übersicht"')
        .waitFor();
      await page.getByRole("region", { name: "Input", exact: true }).getByText('"page": 1').waitFor();

      await served.client.jobs.start({ jobId: "report", input: { page: 2 } });
      await lines.getByText('begins with {"page":2}').waitFor();
      const runs = page.getByRole("region", { name: "Runs" });
      await expect.poll(() => runs.getByRole("row").count()).toBe(3);
      await runs
        .getByRole("row", { name: /succeeded/ })
        .getByRole("button")
        .click();
      await lines.getByText("a line that came later").waitFor();
      await page.getByRole("button", { name: "Newest run" }).click();
      await lines.getByText('begins with {"page":2}').waitFor();
      ended[1]?.();
      await page.getByText("2 runs · 2 succeeded").waitFor();
    });

    it("stays at the newest lines until the reader scrolls away, and leads back to them", async () => {
      let log: (text: string) => void = () => {};
      await using served = await ServedPage.start({
        jobs: {
          chatty: async (context) => {
            log = context.log;
            for (let i = 1; i <= 300; i++) log(`line ${i}`);
            await context.sleep(1e6);
          },
        },
      });
      await served.client.jobs.start({ jobId: "chatty" });
      const page = await open(served.url, "#/jobs/chatty");
      const lines = page.getByRole("log", { name: "Lines" });
      const isInSight = (text: string) =>
        lines.getByText(text, { exact: true }).evaluate((line) => {
          const box = line.closest(".lines")?.getBoundingClientRect();
          const { top, bottom } = line.getBoundingClientRect();
          return box !== undefined && top >= box.top - 1 && bottom <= box.bottom + 1;
        });
      await expect.poll(() => isInSight("line 300")).toBe(true);
      await lines.evaluate((box) => {
        box.scrollTop = 0;
      });
      await page.getByRole("button", { name: "Newest lines" }).waitFor();
      log("line 301");
      await lines.getByText("line 301", { exact: true }).waitFor({ state: "attached" });
      expect(await isInSight("line 1")).toBe(true);
      await page.getByRole("button", { name: "Newest lines" }).click();
      await expect.poll(() => isInSight("line 301")).toBe(true);
    });
  });
}
