import { existsSync, globSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { documents } from "./documents.ts";

/** Whoever follows a link of a document comes to something. Those that lead out of the project are not asked. */
const pages = [...documents, ...globSync("docs/{reference,api}/*.md")];

describe.each(pages)("The links of %s", (page) => {
  it("lead to files and headings that are there", () => {
    const broken = linksOf(page).filter((link) => !leadsSomewhere(page, link));
    expect(broken).toEqual([]);
  });
});

describe("docs/README.md", () => {
  it("leads to every page of the docs", () => {
    const linked = linksOf("docs/README.md").map((link) => normalize(join("docs", link.split("#")[0] ?? "")));
    const unlinked = globSync("docs/{,reference/}*.md").filter((page) => !linked.includes(page));
    expect(unlinked).toEqual(["docs/README.md"]);
  });
});

/** Relative ones, as they stand. What is code is no link. */
function linksOf(page: string): string[] {
  const text = readFileSync(page, "utf8")
    .replaceAll(/^```[\s\S]*?^```/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  const links = Array.from(text.matchAll(/\]\(([^)\s]+)\)/g), ([, link = ""]) => link);
  return links.filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", heading] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(target)) return false;
  if (heading === undefined) return true;
  return statSync(target).isFile() && headingsOf(target).includes(heading);
}

/** As they are called in links: in lower case, without punctuation, and with a hyphen for each space. */
function headingsOf(page: string): string[] {
  const text = readFileSync(page, "utf8").replaceAll(/^```[\s\S]*?^```/gm, "");
  return Array.from(text.matchAll(/^#+ (.+)$/gm), ([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-"),
  );
}
