import { describe, expect, it } from "vitest";
import { TemporaryFolder } from "../temporary-folder.ts";
import { blocksIn } from "./documents.ts";
import { typed } from "./typed.ts";

describe("The mistakes of docs/configuration.md", () => {
  it("are told as it says", async () => {
    const blocks = blocksIn("docs/configuration.md");
    const [wrong, told] = ["# jobcontrol.config.yaml\nchanel", "$ npx jobctl serve --check"].map(
      (start) => blocks.find(({ text }) => text.startsWith(start))?.text ?? "",
    );
    await using folder = await TemporaryFolder.with({ "jobcontrol.config.yaml": wrong ?? "" });
    const printed = await typed("npx jobctl serve --check", { address: "", cwd: folder.path });
    expect(`$ npx jobctl serve --check\n${printed.replaceAll(folder.path, "/srv")}`).toBe(told);
  });
});
