import { execFileSync } from "node:child_process";
import { join } from "node:path";

/** What `npm pack` made. */
export interface Packed {
  /** The path of the tarball. */
  readonly file: string;
  readonly names: readonly string[];
  /** Of the tarball, in bytes. */
  readonly size: number;
  /** Of what is in it, in bytes. */
  readonly unpackedSize: number;
}

interface Told {
  readonly filename: string;
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string }[];
}

/** Packs a folder as it would be published. */
export function pack(folder: string, destination: string): Packed {
  const args = ["pack", "--json", "--silent", "--pack-destination", destination, `./${folder}`];
  const [told] = JSON.parse(execFileSync("npm", args, { encoding: "utf8" })) as Told[];
  if (told === undefined) throw new Error("npm pack made nothing");
  const { filename, size, unpackedSize, files } = told;
  return { file: join(destination, filename), names: files.map(({ path }) => path), size, unpackedSize };
}
