import type { Page } from "playwright-core";
import { describe, expect, it } from "vitest";
import type { JobFunction } from "../../src/runner/job-context.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

const untilStopped: JobFunction = ({ sleep }) => sleep(1e6);

function command(page: Page, name: string) {
  return page.getByRole("group", { name: "Commands" }).getByRole("button", { name, exact: true });
}

function receipts(page: Page) {
  return page.getByRole("region", { name: "Receipts" });
}

export function commandsSuite(): void {
  describe("a command", () => {
    it("starts a job with what was typed, and shows its receipt", async () => {
      const inputs: unknown[] = [];
      await using served = await ServedPage.start({ jobs: { sum: ({ input }) => void inputs.push(input) } });
      const page = await open(served.url);
      await page.getByRole("button", { name: "Start…" }).click();
      const dialog = page.getByRole("dialog", { name: "Start a job" });
      await dialog.getByLabel("Job", { exact: true }).fill("sum-1");
      await dialog.getByLabel("Type", { exact: true }).fill("sum");
      const editor = dialog.getByRole("textbox", { name: "Input, as JSON" });
      await editor.fill('{"numbers": [1, 2,]}');
      await dialog.getByText("Line 1, column 18: There is a comma too many before ]").waitFor();
      expect(await dialog.getByRole("button", { name: "Start", exact: true }).isDisabled()).toBe(true);
      await editor.fill('{"numbers": [1, 2]}');
      await dialog.getByText("Labels, schedule, priority, reason").click();
      await dialog.getByLabel("Labels").fill("team=shop");
      await dialog.getByRole("button", { name: "Start", exact: true }).click();
      const receipt = receipts(page).getByRole("article");
      await receipt.getByText("applied").waitFor();
      expect(await receipt.textContent()).toMatch(/space\d.*queue\d.*token\d.*command [0-9a-f-]{36}/);
      await receipt.getByRole("link", { name: "sum-1" }).click();
      await page.getByText("team=shop").waitFor();
      expect(inputs).toEqual([{ numbers: [1, 2] }]);
    });

    it("pauses, resumes and triggers a job with a schedule", async () => {
      const schedule = {
        kind: "interval",
        intervalMs: 3_600_000,
        overlap: "skip",
        catchUpMs: 0,
        jitterMs: 0,
      } as const;
      await using served = await ServedPage.start({
        jobs: { tick: () => {} },
        types: { tick: { schedule } },
      });
      await served.client.jobs.start({ jobId: "tick" });
      const page = await open(served.url, "#/jobs/tick");
      await page.getByText("1 run · 1 succeeded").waitFor();
      await command(page, "Trigger").click();
      await page.getByText("2 runs · 2 succeeded").waitFor();
      await command(page, "Pause").click();
      await page.locator(".title").getByText("paused").waitFor();
      expect(await command(page, "Pause").isDisabled()).toBe(true);
      await command(page, "Resume").click();
      await page.locator(".title").getByText("scheduled").waitFor();
      const titles = receipts(page).getByRole("article").locator("strong");
      await expect.poll(() => titles.allTextContents()).toEqual(["Resume", "Pause", "Trigger"]);
    });

    it("stops a job for a reason, and by force where it does not heed that", async () => {
      const deaf = Promise.withResolvers<void>();
      const types = { deaf: { stopGraceMs: 3_600_000 } };
      await using served = await ServedPage.start({ jobs: { deaf: () => deaf.promise }, types });
      await served.client.jobs.start({ jobId: "deaf" });
      const page = await open(served.url, "#/jobs/deaf");
      await command(page, "Stop…").click();
      const dialog = page.getByRole("dialog", { name: "Stop deaf" });
      await dialog.getByLabel("Reason").fill("seen enough");
      await dialog.getByRole("button", { name: "Stop", exact: true }).click();
      await page
        .getByText(/Asked to stop .*: seen enough/)
        .last()
        .waitFor();
      await command(page, "Force stop…").click();
      await page.getByRole("button", { name: "Stop by force" }).click();
      await page.locator(".title").getByText("stopped").waitFor();
      await receipts(page).getByText("Force stop").waitFor();
    });

    it("asks what becomes of a run that goes on, and replaces it", async () => {
      await using served = await ServedPage.start({ jobs: { sync: untilStopped } });
      await served.client.jobs.start({ jobId: "sync", input: { page: 1 } });
      const page = await open(served.url, "#/jobs/sync");
      await command(page, "Start…").click();
      const dialog = page.getByRole("dialog", { name: "Start sync" });
      const editor = dialog.getByRole("textbox", { name: "Input, as JSON" });
      await expect.poll(() => editor.inputValue()).toBe('{\n  "page": 1\n}');
      await dialog.getByLabel("Stop its run, then start anew").check();
      await editor.fill('{"page": 2}');
      await dialog.getByRole("button", { name: "Start", exact: true }).click();
      await page.getByText("2 runs · 1 stopped").waitFor();
      await page.getByRole("region", { name: "Input", exact: true }).getByText('"page": 2').waitFor();
    });

    it("that is refused is told with its reason, and with when another try has a chance", async () => {
      const rate = { perSecond: 0.000_001, burst: 3 };
      const configuration = { rate };
      await using served = await ServedPage.start({ jobs: { a: untilStopped }, configuration });
      const page = await open(served.url);
      const start = async (jobId: string, jobType: string) => {
        await page.getByRole("button", { name: "Start…" }).click();
        await page.getByRole("dialog").getByLabel("Job", { exact: true }).fill(jobId);
        await page.getByRole("dialog").getByLabel("Type", { exact: true }).fill(jobType);
        await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
      };
      await start("a1", "nothing-like-it");
      await receipts(page).getByText("JOB_TYPE_NOT_FOUND").waitFor();
      // The watch and that Start have taken tokens, this one takes the last, and the next cannot have one in time.
      await start("a2", "a");
      await receipts(page).getByText("applied").waitFor();
      await start("a3", "a");
      const refused = receipts(page).getByRole("article").first();
      await refused.getByText("DEADLINE_UNREACHABLE").waitFor();
      await refused.getByText(/^Another try has a chance in .* d/).waitFor();
      expect(await refused.getByRole("button", { name: /^Send again in/ }).isDisabled()).toBe(true);
    });

    it("that waits for its turn can be given up", async () => {
      const rate = { perSecond: 0.05, burst: 2 };
      await using served = await ServedPage.start({ jobs: { a: untilStopped }, configuration: { rate } });
      const page = await open(served.url, "#/jobs/a");
      await page.locator(".title").getByText("stopped").waitFor();
      for (let i = 0; i < 2; i++) {
        await command(page, "Start…").click();
        await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
      }
      await receipts(page).getByText("Waits for its turn").waitFor();
      await receipts(page).getByRole("button", { name: "Give up" }).click();
      await receipts(page).getByText("Given up.").waitFor();
    });
  });
}
