import axe from "axe-core";
import { describe, expect, it } from "vitest";
import { sha256Of } from "../../src/rpc/identities.ts";
import type { Role } from "../../src/rpc/roles.ts";
import type { Configuration } from "../../src/server/configuration/configuration.ts";
import { open } from "./browser.ts";
import { ServedPage } from "./served-page.ts";

const token = "the-token-to-look-around";

function asked(role: Role): Partial<Configuration> {
  const sha256 = [sha256Of(token).toString("hex")];
  return { auth: { tokens: [{ name: "reader", role, sha256 }], certificates: [] } };
}

export function signInSuite(): void {
  describe("a server that asks for a token", () => {
    it("shows nothing without one, everything with it, and asks for it once in a tab", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} }, configuration: asked("operate") });
      const page = await open(served.url);
      const field = page.getByLabel("Token");
      await field.waitFor();
      expect(await page.locator("[data-job]").count()).toBe(0);
      // It has said nothing wrong yet.
      expect(await page.getByRole("alert").count()).toBe(0);
      await page.evaluate(`if (!window.axe) { ${axe.source} }`);
      expect(
        await page.evaluate("axe.run().then(({ violations }) => violations.map(({ id }) => id))"),
      ).toEqual([]);

      await field.fill("the-token-of-somebody-else");
      await field.press("Enter");
      await page.getByRole("alert").getByText("no valid token").waitFor();

      await page.getByLabel("Token").fill(` ${token}\n`);
      await page.getByRole("button", { name: "Go on" }).click();
      await page.locator('[data-job="a"]').waitFor();
      expect(page.url()).not.toContain(token);
      await page.reload();
      await page.locator('[data-job="a"]').waitFor();
      expect(await page.getByLabel("Token").count()).toBe(0);
    });

    it("says what a role does not allow, and shows the rest", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} }, configuration: asked("read") });
      const page = await open(served.url);
      await page.getByLabel("Token").fill(token);
      await page.getByLabel("Token").press("Enter");
      await page.locator('[data-job="a"]').waitFor();
      await page.getByRole("button", { name: "Start…" }).click();
      await page.getByRole("dialog").getByLabel("Job", { exact: true }).fill("a");
      await page.getByRole("dialog").getByRole("button", { name: "Start", exact: true }).click();
      await page.getByText("This needs the role operate, and the caller has read").waitFor();
    });

    it("asks again where a token does not suffice for anything", async () => {
      await using served = await ServedPage.start({ jobs: { a: () => {} }, configuration: asked("metrics") });
      const page = await open(served.url);
      await page.getByLabel("Token").fill(token);
      await page.getByLabel("Token").press("Enter");
      await page
        .getByRole("alert")
        .getByText("This needs the role read, and the caller has metrics")
        .waitFor();
    });
  });
}
