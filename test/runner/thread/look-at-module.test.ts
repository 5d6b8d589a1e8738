import { pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { lookAtModule } from "../../../src/runner/thread/look-at-module.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { TemporaryFolder } from "../../temporary-folder.ts";

describe("lookAtModule()", () => {
  it("gives up a module that does not come to its end", async () => {
    await using folder = await TemporaryFolder.with({ "hangs.mjs": "for (;;);" });
    const clock = new FakeClock();
    const looking = lookAtModule(pathToFileURL(`${folder.path}/hangs.mjs`).href, { clock, withinMs: 5_000 });
    await clock.advance(5_000);
    expect(await looking).toBe("cannot import it: not loaded within 5000 ms");
  });

  it("hears of a module that waits for what never comes", async () => {
    await using folder = await TemporaryFolder.with({ "waits.mjs": "await new Promise(() => {});" });
    const href = pathToFileURL(`${folder.path}/waits.mjs`).href;
    expect(await lookAtModule(href)).toBe("cannot import it: it waits for what never comes");
  });
});
