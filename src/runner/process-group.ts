import { constants } from "node:os";
import { processes } from "./process-table.ts";

/**
 * The processes of one run: its leader and all that descend from it and have not left the group. Signals go to
 * the group, never to a pid.
 *
 * That is what makes them safe. A number is not given to another process or group while a process of the group
 * is there, even if its leader is gone; and `send` reports when none is left, after which this object never
 * signals again. So a signal can only stray if the last member ends, and the system goes once round all its
 * pids and makes a group of the same number, between two looks 25 ms apart.
 */
export class ProcessGroup {
  readonly #id: number;
  #gone = false;

  constructor(leaderPid: number) {
    this.#id = leaderPid;
  }

  /** False where no process is left; once false, always false. A zombie that nobody has reaped counts as left. */
  get exists(): boolean {
    return this.send(0);
  }

  /** Sends a signal to all of them (0: to none). False where no process is left. */
  send(signal: NodeJS.Signals | 0): boolean {
    if (this.#gone) return false;
    try {
      process.kill(-this.#id, signal);
    } catch (error) {
      // EPERM: there are some, but of another user; anything but ESRCH says that they exist.
      this.#gone = isNoSuchProcess(error);
    }
    return !this.#gone;
  }

  /**
   * True where all that is left is dead, but kept by a parent that does not reap, as the first process of a
   * container seldom does. It reads the whole process table, so do not ask often. False where the system has
   * no `/proc`.
   */
  onlyZombies(): boolean {
    const members = processes().filter(({ groupId }) => groupId === this.#id);
    return members.length > 0 && members.every(({ state }) => state === "Z" || state === "X");
  }
}

/** As a shell reports it: 128 and the number of the signal. */
export function exitCodeOfSignal(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}

function isNoSuchProcess(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ESRCH";
}
