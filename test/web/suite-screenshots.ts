import { mkdirSync } from "node:fs";
import type { Page } from "playwright-core";
import { describe, it } from "vitest";
import type { JobFunction } from "../../src/runner/job-context.ts";
import { newPage } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

const folder = "docs/screenshots";
const { JOBCONTROL_SCREENSHOTS: isAsked } = process.env;

/** Makes the pictures of the README, where it is asked to: `JOBCONTROL_SCREENSHOTS=1`. */
export function screenshotsSuite(): void {
  if (!isAsked) return;
  describe("the screenshots", () => {
    it("are taken of jobs as a team may have them", { timeout: 120_000 }, async () => {
      mkdirSync(folder, { recursive: true });
      await using served = await ServedPage.start({
        jobs: works,
        types,
        configuration: { rate: { perSecond: 60, burst: 60 } },
      });
      await startAll(served);
      const page = await newPage();
      const load = new AbortController();
      void sendCommands(served, load.signal);
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(`${served.url}/#/channel`);
      await page.waitForTimeout(45_000);
      await shoot(page, "channel");
      load.abort();
      await page.goto(`${served.url}/#/`);
      await page.locator('[data-job="send-digest"]').getByRole("img").waitFor();
      await page.waitForTimeout(1000);
      await shoot(page, "jobs");
      await page.emulateMedia({ colorScheme: "dark" });
      await page.goto(`${served.url}/#/jobs/nightly-sync`);
      await page.getByRole("button", { name: "Trigger" }).waitFor();
      await page.getByRole("log", { name: "Lines" }).getByText("part-12").waitFor();
      await shoot(page, "job");
      await page.setViewportSize({ width: 390, height: 780 });
      await page.goto(`${served.url}/#/`);
      await page.locator('[data-job="thumbnails"]').waitFor();
      await page.screenshot({ path: `${folder}/phone.png` });
      await page.close();
    });
  });
}

async function shoot(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 1280, height: 760 });
  await page.waitForTimeout(500);
  await page.screenshot({ path: `${folder}/${name}.png` });
}

const works: Readonly<Record<string, JobFunction>> = {
  "nightly-sync": async ({ progress, log, sleep }) => {
    for (let part = 1; part <= 40; part++) {
      progress({ current: part, total: 40, unit: "files", stage: "copying" });
      log(`copied /srv/data/part-${part} to /backup/data`);
      await sleep(part < 14 ? 20 : 60_000);
    }
  },
  "send-digest": async ({ sleep, attempt }) => {
    await sleep(150 + Math.random() * 400);
    if (attempt === 1 && Math.random() < 0.4) throw new Error("The mail server said 451: try again later");
    return { sent: 41 };
  },
  thumbnails: async ({ progress, sleep }) => {
    progress({ current: 84, total: 120, unit: "images", stage: "compressing" });
    await sleep(1e6);
  },
  "import-orders": async ({ sleep }) => {
    await sleep(120);
    throw new Error("Row 118: the total is not a number");
  },
  heartbeat: ({ sleep }) => sleep(20 + Math.random() * 60),
  "rebuild-index": async ({ progress, sleep }) => {
    progress({ current: 1_204_000, unit: "documents", stage: "reading" });
    await sleep(1e6);
  },
  reindex: () => ({ documents: 1_204_113 }),
  "clean-up": () => new Promise(() => {}),
};

const policies = { overlap: "skip", catchUpMs: 0 } as const;
const retry = { maxAttempts: 3, initialMs: 900, maxMs: 900, multiplier: 1, jitter: 0 };
const types = {
  "nightly-sync": {
    schedule: { kind: "cron", expression: "0 2 * * *", timeZone: "Europe/Madrid", ...policies },
  },
  "send-digest": { schedule: { kind: "interval", intervalMs: 2500, ...policies }, retry },
  heartbeat: { schedule: { kind: "interval", intervalMs: 3000, ...policies } },
  thumbnails: { concurrency: 2 },
  "clean-up": { stopGraceMs: 600_000 },
} as const;

async function startAll({ client: { jobs } }: ServedPage): Promise<void> {
  const ids = [
    "nightly-sync",
    "send-digest",
    "heartbeat",
    "import-orders",
    "rebuild-index",
    "reindex",
    "clean-up",
  ];
  for (const jobId of ids) await jobs.start({ jobId });
  for (const n of [41, 42, 43, 44]) {
    const labels = { team: n % 2 === 0 ? "media" : "shop" };
    await jobs.start({ jobId: `thumbnails-${n}`, jobType: "thumbnails", labels, input: { album: n } });
  }
  await jobs.trigger({ jobId: "nightly-sync" });
  await jobs.stop({ jobId: "clean-up", reason: "takes too long" });
}

/** Reads that wait their turn: in waves, at times more than the limit lets through. */
async function sendCommands({ client: { jobs } }: ServedPage, signal: AbortSignal): Promise<void> {
  for (let tick = 0; !signal.aborted; tick++) {
    const wave = 4 + Math.round(4 * Math.sin(tick / 20) + Math.random() * 3);
    const priorities = [1, 2, 3, 4] as const;
    for (let i = 0; i < wave; i++)
      void jobs.getStatus({ jobId: "reindex", priority: priorities[i % 4] ?? 2 }, { signal }).catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
