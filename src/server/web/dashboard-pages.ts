import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { extname } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Answer } from "./answer.ts";
import type { Pages } from "./routes.ts";

/**
 * The dashboard: the built files of `web/`, at `/` and below `/assets/`. There are few of them, so they are read once,
 * with the first request, and kept packed. A browser asks each time whether it has the present ones, by their ETag.
 */
export function dashboardPages(folder: URL = builtPage): Pages {
  let files: Promise<ReadonlyMap<string, ServedFile>> | undefined;
  return async ({ path, headers }) => {
    if (path !== "/" && !path.startsWith("/assets/")) return undefined;
    files ??= readFiles(folder);
    const file = (await files).get(path);
    return file && answerOf(file, headers);
  };
}

/** Beside `src`, in the repository as in the package. */
const builtPage = new URL("../../../web/built/", import.meta.url);

interface ServedFile {
  readonly type: string;
  readonly etag: string;
  readonly plain: Buffer;
  readonly gzipped: Buffer;
}

function answerOf({ type, etag, plain, gzipped }: ServedFile, headers: Headers): Answer {
  const kept = ["Cache-Control", "no-cache", "ETag", etag, "Vary", "Accept-Encoding"];
  if (headers["if-none-match"]?.split(/,\s*/).includes(etag)) return { status: 304, headers: kept };
  const isPacked = /\bgzip\b(?!;\s*q=0(?:\.0*)?(?:,|$))/.test(String(headers["accept-encoding"] ?? ""));
  const packing = isPacked ? ["Content-Encoding", "gzip"] : [];
  return {
    status: 200,
    headers: ["Content-Type", type, ...kept, ...packing],
    body: isPacked ? gzipped : plain,
  };
}

interface Headers {
  readonly "if-none-match"?: string | undefined;
  readonly "accept-encoding"?: string | string[] | undefined;
}

/** By the path at which each is served. None where the page was not built. */
async function readFiles(folder: URL): Promise<ReadonlyMap<string, ServedFile>> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const files = names.filter((name) => contentTypes[extname(name)] !== undefined);
  return new Map(await Promise.all(files.map((name) => readServedFile(folder, name.replaceAll("\\", "/")))));
}

async function readServedFile(folder: URL, name: string): Promise<[path: string, file: ServedFile]> {
  const plain = await readFile(new URL(name, folder));
  const type = contentTypes[extname(name)] ?? "";
  const etag = `"${createHash("sha256").update(plain).digest("base64url").slice(0, 22)}"`;
  const gzipped = await promisify(gzip)(plain, { level: 9 });
  return [name === "index.html" ? "/" : `/${name}`, { type, etag, plain, gzipped }];
}

const contentTypes: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};
