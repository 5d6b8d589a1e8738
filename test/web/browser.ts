import { existsSync } from "node:fs";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect } from "vitest";

const { JOBCONTROL_CHROMIUM = "" } = process.env;

/** Where a real Chromium is, if there is one. */
export const chromiumPath = [
  JOBCONTROL_CHROMIUM,
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => path !== "" && existsSync(path));

export const chromiumArguments = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

let browser: Browser | undefined;
let page: Page | undefined;
let faults: string[] = [];

/**
 * One browser, and in it one page, for all tests of a file: to make new ones takes longer than most tests. Each test has
 * a server on a port of its own, and so shares no stored state with another.
 */
export function useBrowser(): void {
  beforeAll(async () => {
    if (chromiumPath === undefined) return;
    browser = await chromium.launch({ executablePath: chromiumPath, args: chromiumArguments });
    page = await newPage();
  });
  afterEach(async () => {
    // The streams of one test end before the next begins.
    await page?.goto("about:blank");
    const found = faults;
    faults = [];
    // Whatever a page threw, and what its policy did not let happen.
    expect(found).toEqual([]);
  });
  afterAll(() => browser?.close());
}

/** A page besides the one of all tests. Its opener closes it. */
export async function newPage(): Promise<Page> {
  if (browser === undefined) throw new Error("There is no browser");
  const made = await browser.newPage();
  made.setDefaultTimeout(10_000);
  made.on("pageerror", (error) => void faults.push(String(error)));
  made.on("console", (message) => {
    const isRefusal = message.type() === "error" && !message.text().startsWith("Failed to load resource");
    if (isRefusal) faults.push(message.text());
  });
  return made;
}

export interface OpenOptions {
  /** Default: light */
  readonly colorScheme?: "light" | "dark";
  /** Default: 1280 */
  readonly width?: number;
}

/** Opens the dashboard of a server, `hash` being where in it. */
export async function open(url: string, hash = "#/", options: OpenOptions = {}): Promise<Page> {
  if (page === undefined) throw new Error("There is no browser");
  const { colorScheme = "light", width = 1280 } = options;
  await page.setViewportSize({ width, height: 800 });
  await page.emulateMedia({ colorScheme });
  await page.goto(`${url}/${hash}`);
  return page;
}
