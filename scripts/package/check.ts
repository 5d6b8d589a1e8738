import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "../run-tool.ts";
import { checkContents } from "./contents.ts";
import { checkDependencies, type Lock } from "./dependencies.ts";
import { checkInstalled } from "./installed.ts";
import { pack } from "./pack.ts";

/** Holds the built package against all that is promised of it. Throws with what is not so. */
export async function checkPackage(folder: string): Promise<void> {
  runTool("publint", ["--strict", folder]);
  checkDependencies(JSON.parse(readFileSync("package-lock.json", "utf8")) as Lock);
  const work = mkdtempSync(join(tmpdir(), "jobcontrol-pack-"));
  try {
    const packed = pack(folder, work);
    checkContents(packed);
    runTool("attw", ["--profile", "esm-only", packed.file]);
    await checkInstalled(packed.file, join(work, "project"));
  } finally {
    rmSync(work, { recursive: true });
  }
}
