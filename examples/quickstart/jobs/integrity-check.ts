import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import type { JobContext } from "jobcontrol";

/**
 * Hashes every file below a folder, but for hidden ones: `input.path`, taken from `root`, or else its `node_modules`. The
 * result has one digest for all of it, which changes with any name or any byte.
 */
export function integrityCheck({ root }: { readonly root: URL }) {
  return async (ctx: JobContext) => {
    const { path = "node_modules" } = ctx.input;
    const folder = await folderBelow(fileURLToPath(root), path);
    ctx.progress({ current: 0, stage: "looking for files" });
    const files = await filesBelow(folder, ctx.signal);
    const digest = createHash("sha256");
    let bytes = 0;
    for (const [index, file] of files.entries()) {
      const hash = createHash("sha256");
      for await (const chunk of createReadStream(join(folder, file), { signal: ctx.signal })) {
        hash.update(chunk);
        bytes += chunk.length;
      }
      digest.update(`${hash.digest("hex")}  ${file}\n`);
      ctx.progress({ current: index + 1, total: files.length, unit: "files", stage: "hashing" });
    }
    return { files: files.length, bytes, sha256: digest.digest("hex") };
  };
}

/** A caller may choose a folder, but none outside of the root. */
async function folderBelow(root: string, path: unknown): Promise<string> {
  if (typeof path !== "string") throw new TypeError("input.path is not a string");
  const folder = await realpath(join(root, path));
  if (!`${folder}${sep}`.startsWith(`${await realpath(root)}${sep}`))
    throw new RangeError(`Outside of the root: ${path}`);
  return folder;
}

/** What tools keep for themselves, and write while others read: caches mostly. */
function isHidden(path: string): boolean {
  return path.split(sep).some((name) => name.startsWith("."));
}

async function filesBelow(folder: string, signal: AbortSignal): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  signal.throwIfAborted();
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map((entry) => relative(folder, join(entry.parentPath, entry.name)));
  return paths.filter((path) => !isHidden(path)).sort();
}
