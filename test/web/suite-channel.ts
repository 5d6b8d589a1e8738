import { describe, expect, it } from "vitest";
import type { JobFunction } from "../../src/runner/job-context.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

export function channelSuite(): void {
  describe("the channel", () => {
    it("shows lanes, tokens and who waits, and charts that run", async () => {
      // One token for the page's watch; the Starts wait, two of them in the lane and one for room in it.
      const rate = { perSecond: 0.001, burst: 1 };
      const lanes = (["critical", "high", "normal", "low"] as const).map((priority) => ({
        priority,
        capacity: 2,
        fullMode: "wait" as const,
      }));
      const channel = { maxWaiters: 10, degradedAt: 0.8, lanes };
      await using served = await ServedPage.start({
        jobs: { a: () => {} },
        configuration: { rate, channel },
      });
      const page = await open(served.url, "#/channel");
      await page.getByText("Live").waitFor();
      const call = new AbortController();
      const waiting = [1, 2, 3].map((i) =>
        served.client.jobs.start({ jobId: `a${i}`, jobType: "a" }, { signal: call.signal }).catch(() => {}),
      );
      await page.getByText("degraded").waitFor();
      const normal = page.getByRole("region", { name: "Lanes" }).getByRole("listitem").nth(2);
      await expect.poll(() => normal.textContent()).toMatch(/normal.*2 of 2.*wait/);
      await page.locator(".figure", { hasText: "Watchers" }).getByText("1", { exact: true }).waitFor();
      const depth = page.getByRole("region", { name: "Depth of the lanes" });
      await depth.locator("canvas").waitFor();
      await depth.getByText("normal").locator("..").getByText("2").waitFor();
      const drawn = () => depth.locator("canvas").evaluate((canvas): string => canvas.toDataURL());
      const before = await drawn();
      await expect.poll(drawn).not.toBe(before);
      call.abort();
      await Promise.all(waiting);
      await expect.poll(() => normal.textContent()).toMatch(/normal.*0 of 2/);
    });

    it("shows of very many types those at work, and how many more there are", async () => {
      const names = Array.from({ length: 1200 }, (_, index) => `type-${index}`);
      const run: JobFunction = ({ sleep }) => sleep(1e6);
      await using served = await ServedPage.start({
        jobs: Object.fromEntries(names.map((name) => [name, run])),
      });
      await served.client.jobs.start({ jobId: "type-1199" });
      const page = await open(served.url, "#/channel");
      const types = page.getByRole("region", { name: "Job types" });
      await types.getByText("and 1,100 more").waitFor();
      expect(await types.locator("tbody tr").count()).toBe(100);
      expect(await types.locator("tbody tr").first().textContent()).toMatch(/^type-11991/);
    });
  });
}
