import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { apiReport } from "./report.ts";

/** What stands for an entry in `exports`: a file, or one for each condition. */
type Exported = string | Readonly<Record<string, string>>;

/** A report for each entry of the package but the generated code, by the name of its file. `compiled`: where the declarations are. */
export function apiReports(compiled: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as { exports: Record<string, Exported> };
  const reports: Record<string, string> = {};
  for (const [path, exported] of Object.entries(manifest.exports)) {
    for (const [condition, source] of Object.entries(
      typeof exported === "string" ? { default: exported } : exported,
    )) {
      if (!source.startsWith("./src/")) continue;
      const name = `jobcontrol${path.slice(1)}${condition === "default" ? "" : ` (${condition})`}`;
      const file = `${name.replaceAll(/[/ ]/g, "-").replaceAll(/[()]/g, "")}.md`;
      const entry = resolve(compiled, source.replace(/\.ts$/, ".d.ts"));
      // The contract has its own reference.
      const isOutside = (file: string) => file.startsWith(join(compiled, "gen/"));
      reports[file] = apiReport(name, { entry, isOutside });
    }
  }
  return reports;
}
