import { describe, expect, it } from "vitest";
import type { JobFunction } from "../../src/runner/job-context.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

/** Ends when it is told to. */
function gate() {
  const opened = Promise.withResolvers<void>();
  const run: JobFunction = async ({ progress, input: { fails } }) => {
    progress({ current: 3, total: 12, unit: "files", message: "half asleep" });
    await opened.promise;
    if (fails === true) throw new Error("Row 118 is not a number");
    return { files: 12 };
  };
  return { run, open: () => opened.resolve() };
}

export function listSuite(): void {
  describe("the list of jobs", () => {
    it("shows each job as it changes, without a step of the reader", async () => {
      const { run, open: letGo } = gate();
      await using served = await ServedPage.start({ jobs: { sync: run, report: () => {} } });
      const page = await open(served.url);
      const row = page.locator('[data-job="sync"]');
      await row.getByText("stopped").waitFor();
      await served.client.jobs.start({ jobId: "sync", input: { fails: true } });
      await row.getByText("running").waitFor();
      await row.getByText("25 %").waitFor();
      letGo();
      await row.getByText("failed").waitFor();
      await row.getByText("THREW Row 118 is not a number").waitFor();
      await row.getByRole("img", { name: /^1 run, .* 1 failed$/ }).waitFor();
      await served.client.jobs.start({ jobId: "new-one", jobType: "report", labels: { team: "shop" } });
      await page.locator('[data-job="new-one"]').getByText("succeeded").waitFor();
      await page.getByText("3 jobs", { exact: true }).waitFor();
    });

    it("finds jobs by words, state, type and label, and keeps that in its address", async () => {
      await using served = await ServedPage.start({ jobs: { mail: () => {}, backup: () => {} } });
      const { jobs } = served.client;
      await jobs.start({ jobId: "mail-1", jobType: "mail", labels: { team: "shop" } });
      await jobs.start({ jobId: "mail-2", jobType: "mail", labels: { team: "ops" } });
      const page = await open(served.url);
      const found = () =>
        page.locator(".row").evaluateAll((rows) => rows.map((row) => row.getAttribute("data-job")));
      await page.getByText("4 jobs").waitFor();
      await page.keyboard.press("/");
      await page.keyboard.type("mail");
      await expect.poll(found).toEqual(["mail", "mail-1", "mail-2"]);
      await page.getByRole("button", { name: "succeeded 2" }).click();
      await expect.poll(found).toEqual(["mail-1", "mail-2"]);
      await page.getByLabel("Only jobs with this label").fill("team=ops");
      await page.keyboard.press("Enter");
      await expect.poll(found).toEqual(["mail-2"]);
      await page.getByText("1 of 4 jobs").waitFor();
      await page.reload();
      await page.getByText("1 of 4 jobs").waitFor();
      await page.getByLabel("Type", { exact: true }).selectOption("backup");
      await page.getByRole("button", { name: "Show all 4" }).click();
      await page.getByText("4 jobs", { exact: true }).waitFor();
    });

    it("is gone through by keyboard, there and back", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {}, b: () => {}, c: () => {} } });
      const page = await open(served.url);
      await page.getByRole("grid", { name: "Jobs" }).focus();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("End");
      await page.keyboard.press("ArrowUp");
      await expect.poll(() => page.locator('[aria-selected="true"]').getAttribute("data-job")).toBe("b");
      await page.keyboard.press("Enter");
      await expect.poll(() => page.locator("h1:focus").textContent()).toBe("b");
      await page.keyboard.press("Escape");
      await page.getByRole("grid", { name: "Jobs" }).waitFor();
    });

    it("takes one connection of the browser's six, and a job's page two", async () => {
      await using served = await ServedPage.start({ jobs: { a: ({ sleep }) => sleep(1e6) } });
      await served.client.jobs.start({ jobId: "a" });
      const page = await open(served.url);
      const going = new Set<string>();
      page.on("requestfinished", (request) => going.delete(request.url()));
      page.on("requestfailed", (request) => going.delete(request.url()));
      page.on("request", (request) => going.add(request.url()));
      await page.reload();
      await page.getByText("1 job").waitFor();
      const streams = () => [...going].map((url) => url.split("/").at(-1)).sort();
      await expect.poll(streams).toEqual(["WatchStatus"]);
      await page.getByRole("link", { name: "a", exact: true }).click();
      await expect.poll(streams).toEqual(["WatchOutput", "WatchStatus"]);
      await page.getByRole("link", { name: "Channel" }).click();
      await expect.poll(streams).toEqual(["WatchChannelStats", "WatchStatus"]);
    });

    it("fits a phone, as do the other pages: nothing is to be reached only by scrolling sideways", async () => {
      const jobs = {
        done: () => {},
        fails: () => Promise.reject(new Error("no")),
        long: gate().run,
        never: () => {},
      };
      await using served = await ServedPage.start({ jobs });
      for (const jobId of ["done", "fails", "long"]) await served.client.jobs.start({ jobId });
      const page = await open(served.url, "#/", { width: 320 });
      await page.locator('[data-job="fails"]').getByText("failed").waitFor();
      await page.locator('[data-job="done"]').getByText("succeeded").waitFor();
      const overhang = () => page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(await overhang()).toBe(0);
      await page.goto(`${served.url}/#/jobs/fails`);
      await page.getByRole("heading", { name: "Output" }).waitFor();
      expect(await overhang()).toBe(0);
      await page.goto(`${served.url}/#/channel`);
      await page.locator("canvas").first().waitFor();
      expect(await overhang()).toBe(0);
    });

    it("is dark or light as the system is, until the reader chooses", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} } });
      const page = await open(served.url, "#/", { colorScheme: "dark" });
      const ground = () => page.evaluate<string>("getComputedStyle(document.body).backgroundColor");
      const dark = await ground();
      await page.getByRole("button", { name: /^Theme/ }).click();
      await expect.poll(ground).not.toBe(dark);
      await page.reload();
      await page.getByRole("button", { name: "Theme: light. Change to dark" }).click();
      expect(await ground()).toBe(dark);
    });
  });
}
