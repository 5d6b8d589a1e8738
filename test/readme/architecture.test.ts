import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

describe("docs/architecture.md", () => {
  it("says where every file of src/control belongs, once, and names no other", () => {
    const text = readFileSync("docs/architecture.md", "utf8");
    const table = text.slice(text.indexOf("`src/control` has"), text.indexOf("## Seams"));
    const rows = table.match(/^\|.*\|$/gm) ?? [];
    const named = rows.flatMap((row) => Array.from(row.matchAll(/`([a-z-]+)`/g), ([, name]) => `${name}.ts`));
    expect(named.sort()).toEqual(readdirSync("src/control").sort());
  });
});
