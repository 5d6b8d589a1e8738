import { describe, expect, it } from "vitest";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

const markup = `<img src=x onerror="window.hit=1"><script>window.hit=1</script>`;
const tricks = `\u001b[2J\u202egnp.exe\u0000\u2028 ${markup}`;

export function hostileSuite(): void {
  describe("hostile names and output", () => {
    it("are text wherever they are shown, and nothing else", async () => {
      await using served = await ServedPage.start({
        jobs: {
          evil: async ({ log, progress, sleep, input }) => {
            log(tricks);
            log(`z${"\u0335".repeat(200)}`);
            progress({ current: 1, total: 2, unit: markup, stage: tricks, message: markup });
            if (input[markup] === "fails") throw new Error(tricks);
            await sleep(1e6);
          },
        },
      });
      const { jobs } = served.client;
      const labels = { team: tricks, [markup.slice(0, 60)]: "constructor" };
      await jobs.start({
        jobId: "constructor",
        jobType: "evil",
        labels,
        input: { [markup]: "fails", tricks },
      });
      await jobs.start({ jobId: "evil", input: { [markup]: [tricks] }, labels });
      await jobs.stop({ jobId: "evil", reason: tricks, scope: 2 });
      await jobs.start({ jobId: "evil", input: { [markup]: [tricks] } });
      const page = await open(served.url, "#/", { width: 1600 });
      const row = page.locator('[data-job="constructor"]');
      await row.getByText(`THREW gnp.exe ${markup}`).waitFor();
      await row.getByText("team=␛[2J\ufffdgnp.exe").waitFor();
      for (const jobId of ["constructor", "evil"]) {
        await page.goto(`${served.url}/#/jobs/${jobId}`);
        await page.getByRole("log", { name: "Lines" }).getByText(markup).waitFor();
        await page.getByRole("region", { name: "Input", exact: true }).getByText("onerror").first().waitFor();
        // However many marks are piled on a letter, they stay within its line.
        const piled = page.locator(".line .text").last();
        expect(
          await piled.evaluate((text) => text.ownerDocument.defaultView.getComputedStyle(text).overflow),
        ).toBe("clip");
      }
      expect(await page.evaluate("window.hit")).toBeUndefined();
      expect(
        await page.locator("#page script, #page img:not([src='/assets/icon.svg']), #page iframe").count(),
      ).toBe(0);
      expect(await page.locator("#page").textContent()).not.toMatch(/[^\P{Cc}\n]|[\u202e\u2028]/u);
    });

    it("in an address lead to a page that is text too", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} } });
      const page = await open(served.url, `#/jobs/${encodeURIComponent(markup)}`);
      await page.getByText(`There is no job ${markup}`).waitFor();
      expect(await page.evaluate("window.hit")).toBeUndefined();
    });
  });
}
