import { describe } from "vitest";
import { chromiumPath, useBrowser } from "./browser.ts";
import { accessibilitySuite } from "./suite-accessibility.ts";
import { channelSuite } from "./suite-channel.ts";
import { commandsSuite } from "./suite-commands.ts";
import { connectionSuite } from "./suite-connection.ts";
import { hostileSuite } from "./suite-hostile.ts";
import { jobSuite } from "./suite-job.ts";
import { listSuite } from "./suite-list.ts";
import { manyJobsSuite } from "./suite-many-jobs.ts";
import { screenshotsSuite } from "./suite-screenshots.ts";
import { signInSuite } from "./suite-sign-in.ts";

/** The dashboard in a real browser: one for all suites, as it takes a second to start. */
if (chromiumPath === undefined) {
  console.log("Skipped: the dashboard in a browser, as there is no Chromium (apt-get install chromium)");
}

describe.skipIf(chromiumPath === undefined)("The dashboard", () => {
  useBrowser();
  listSuite();
  jobSuite();
  commandsSuite();
  channelSuite();
  connectionSuite();
  signInSuite();
  hostileSuite();
  accessibilitySuite();
  manyJobsSuite();
  screenshotsSuite();
});
