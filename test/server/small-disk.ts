import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A disk of a few megabytes, mounted on a folder. Only root can have one, and only where mounting is allowed. */
export class SmallDisk implements Disposable {
  readonly path: string;

  private constructor(path: string) {
    this.path = path;
  }

  /** Why there is none, or the disk. */
  static mount(megabytes: number): SmallDisk | string {
    const path = mkdtempSync(join(tmpdir(), "jobcontrol-disk-"));
    const options = `size=${megabytes}m`;
    const { status, stderr, error } = spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", path], {
      encoding: "utf8",
    });
    if (status === 0) return new SmallDisk(path);
    rmSync(path, { recursive: true });
    return `cannot mount a tmpfs: ${error?.message ?? stderr.trim()}`;
  }

  /** Takes all the room that is left. */
  fill(): void {
    for (let size = 1024 * 1024; size >= 4096; size /= 2) {
      for (let part = 0; this.#tryWrite(`ballast-${size}-${part}`, size); part++);
    }
  }

  /** Gives the room back that `fill` took. */
  empty(): void {
    spawnSync("sh", ["-c", 'rm -f "$1"/ballast-*', "sh", this.path]);
  }

  makeReadOnly(): void {
    spawnSync("mount", ["-o", "remount,ro", this.path]);
  }

  [Symbol.dispose](): void {
    spawnSync("umount", ["-l", this.path]);
    rmSync(this.path, { recursive: true, force: true });
  }

  #tryWrite(name: string, size: number): boolean {
    try {
      writeFileSync(join(this.path, name), Buffer.alloc(size));
      return true;
    } catch {
      rmSync(join(this.path, name), { force: true });
      return false;
    }
  }
}
