import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What the system tells of its processes in `/proc`. Empty where it has none. */
export interface ProcessEntry {
  readonly pid: number;
  /** One letter: `Z` and `X` are dead. */
  readonly state: string;
  readonly groupId: number;
}

export function processes(): ProcessEntry[] {
  const entries: ProcessEntry[] = [];
  for (const name of readOr([], () => readdirSync("/proc"))) {
    if (!/^\d/.test(name)) continue;
    const stat = readOr("", () => readFileSync(`/proc/${name}/stat`, "latin1"));
    // `pid (name) state ppid pgrp …`, and a name may hold anything, also parentheses.
    const [state, , group] = stat.slice(stat.lastIndexOf(")") + 2).split(" ", 3);
    if (state !== undefined && group !== undefined)
      entries.push({ pid: Number(name), state, groupId: Number(group) });
  }
  return entries;
}

/** The paths of the files that a process has open; those of other users cannot be read, and are none. */
export function openFilesOf(pid: number): string[] {
  const folder = `/proc/${pid}/fd`;
  const descriptors = readOr([], () => readdirSync(folder));
  return descriptors.map((descriptor) => readOr("", () => readlinkSync(`${folder}/${descriptor}`)));
}

function readOr<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    // Another system, or the process ended meanwhile.
    return fallback;
  }
}
