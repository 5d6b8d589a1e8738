import { statSync } from "node:fs";

/**
 * Looks whether the names of open files still lead to them. Who has a file open does not notice that it was deleted,
 * replaced, or moved away with its folder: all that is written then is lost with the last one that has it open.
 */
export class FilesInPlace {
  readonly #identities: ReadonlyMap<string, string | undefined>;

  /** The files must be there. */
  constructor(paths: readonly string[]) {
    this.#identities = new Map(paths.map((path) => [path, identityOf(path)]));
  }

  /** Throws an `Error` that names the first which is not where it was. */
  assert(): void {
    for (const [path, identity] of this.#identities)
      if (identityOf(path) !== identity)
        throw new Error(`File of the store was deleted, replaced or moved while it was in use: ${path}`);
  }
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found && `${found.dev}:${found.ino}`;
}
