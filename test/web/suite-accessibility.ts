import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { JobFunction } from "../../src/runner/job-context.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

/** What axe finds wrong, as `rule: elements`. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(`if (!window.axe) { ${axe.source} }`);
  return page.evaluate<string[]>(
    "axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes.map(({ html }) => html).join(' ')))",
  );
}

const scheduled = {
  kind: "interval",
  intervalMs: 3_600_000,
  overlap: "skip",
  catchUpMs: 0,
  jitterMs: 0,
} as const;

const jobs: Readonly<Record<string, JobFunction>> = {
  fails: ({ log }) => {
    log("about to fail");
    throw new Error("as always");
  },
  runs: async ({ progress, sleep }) => {
    progress({ current: 1, total: 2 });
    await sleep(1e6);
  },
  ticks: () => ({ beats: 1 }),
};

export function accessibilitySuite(): void {
  describe("accessibility", () => {
    it("has nothing for axe to find, in light and dark, on a desk and on a phone", async () => {
      await using served = await ServedPage.start({ jobs, types: { ticks: { schedule: scheduled } } });
      for (const jobId of ["fails", "runs", "ticks"])
        await served.client.jobs.start({ jobId, input: { a: 1 } });
      const page = await open(served.url);
      const check = async () => {
        expect(await violations(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: "dark" });
        await page.setViewportSize({ width: 390, height: 800 });
        expect(await violations(page)).toEqual([]);
        await page.emulateMedia({ colorScheme: "light" });
        await page.setViewportSize({ width: 1280, height: 800 });
      };
      await page.locator('[data-job="ticks"]').getByText("scheduled").waitFor();
      await page.locator('[data-job="fails"]').getByText("failed").waitFor();
      await check();
      await page.goto(`${served.url}/#/jobs/fails`);
      await page.getByRole("log", { name: "Lines" }).getByText("about to fail").waitFor();
      await page.getByRole("group", { name: "Commands" }).getByRole("button", { name: "Start…" }).click();
      await page.getByRole("dialog").getByText("Labels, schedule").click();
      await page.getByRole("textbox", { name: "Input, as JSON" }).fill("{");
      await check();
      await page.getByRole("textbox", { name: "Input, as JSON" }).fill("{}");
      await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
      await page.getByRole("region", { name: "Receipts" }).getByText("applied").waitFor();
      await check();
      await page.goto(`${served.url}/#/channel`);
      await page.locator("canvas").first().waitFor();
      await served.goAway();
      await page.getByRole("alert").waitFor();
      await check();
    });
  });
}
