import { stat } from "node:fs/promises";
import { thrownText } from "../../runner/thrown-text.ts";
import type { Log } from "../log.ts";

/**
 * Files that are read together, and anew when one of them has changed. Where that fails it is tried again with every look: not
 * only what they hold can be wrong, and what was, for a moment, leaves no trace on them.
 */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #options: WatchedFilesOptions;
  #seen = "";
  /** Why they could not be used; empty where they could. */
  #because = "";

  constructor(files: readonly string[], options: WatchedFilesOptions) {
    this.#files = files;
    this.#options = options;
  }

  /** Remembers how they are now, and resolves with those that every user of the machine can read. */
  async look(): Promise<readonly string[]> {
    const { seen, open } = await this.#look();
    this.#seen = seen;
    return open;
  }

  /** Reads them anew where that is called for, or is forced. Says so, or why it could not be, in the log. Never rejects. */
  async renew({ isForced }: { readonly isForced: boolean }): Promise<void> {
    // What changes while it is read is read once more.
    const { seen } = await this.#look();
    if (!isForced && seen === this.#seen && this.#because === "") return;
    const isNew = isForced || seen !== this.#seen;
    const { log, what, read } = this.#options;
    const problems: string[] = [];
    try {
      await read((error) => problems.push(thrownText(error)));
      if (problems.length === 0) log.info({}, `${what} were read anew`);
    } catch (error) {
      problems.push(thrownText(error));
    }
    const because = problems.join("; ");
    if (because !== "" && (isNew || because !== this.#because))
      log.error({ because }, `${what} stay as they were`);
    this.#because = because;
    this.#seen = seen;
  }

  async #look(): Promise<{ readonly seen: string; readonly open: readonly string[] }> {
    const looks = await Promise.all(
      this.#files.map(async (file) => ({ file, found: await stat(file).catch(() => undefined) })),
    );
    return {
      seen: looks
        .map(({ found }) => [found?.ino, found?.size, found?.mtimeMs, found?.ctimeMs].join())
        .join(" "),
      open: looks.filter(({ found }) => ((found?.mode ?? 0) & readableByAll) !== 0).map(({ file }) => file),
    };
  }
}

export interface WatchedFilesOptions {
  readonly log: Log;
  /** What they hold: `Tokens`. */
  readonly what: string;
  /** Rejects where they cannot be used; `onUnusable` hears of a part of them that cannot, which stays as it was. */
  readonly read: (onUnusable: (error: unknown) => void) => Promise<void>;
}

const readableByAll = 0o004;
