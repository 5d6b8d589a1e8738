import type { Packed } from "./pack.ts";

/** All that the package may have in it. What is for the repository alone, or was left behind, is none of it. */
const allowed = [
  /^(package\.json|README\.md|CHANGELOG\.md|LICENSE)$/,
  /^(src|gen)\/[\w./-]+\.(js|js\.map|d\.ts)$/,
  /^proto\/[\w/]+\.proto$/,
  /^schema\/[\w.]+\.json$/,
  /^web\/built\/(index\.html|favicon\.svg|assets\/[\w.-]+\.(js|css|svg))$/,
];

/** What nobody could do without. */
const needed = ["README.md", "LICENSE", "src/cli/jobctl.js", "src/index.d.ts", "web/built/index.html"];

/** In bytes; somewhat above what it is. Raise it where that is worth it. */
const mostPacked = 1_450_000;
const mostUnpacked = 5_500_000;

/** Throws where something is in the package that has no business there, something is missing, or it is too heavy. */
export function checkContents({ names, size, unpackedSize }: Packed): void {
  console.log(`package: ${names.length} files, ${size} bytes packed, ${unpackedSize} unpacked`);
  const strange = names.filter((name) => !allowed.some((pattern) => pattern.test(name)));
  if (strange.length > 0) throw new Error(`The package has what it should not have: ${strange.join(", ")}`);
  const missing = needed.filter((name) => !names.includes(name));
  if (missing.length > 0) throw new Error(`The package lacks: ${missing.join(", ")}`);
  if (size > mostPacked || unpackedSize > mostUnpacked) {
    throw new Error(`The package is too heavy: at most ${mostPacked} bytes packed, ${mostUnpacked} unpacked`);
  }
}
