import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { vi } from "vitest";
import { patience } from "../patience.ts";

/** Why there is no terminal to test in; empty where there is one. */
export const noTerminal = spawnSync("tmux", ["-V"]).status === 0 ? "" : ": there is no tmux";

export interface TerminalOptions {
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real terminal with a shell in it, which a test types into and looks at. */
export class Terminal implements Disposable {
  static #opened = 0;
  readonly #socket = join(tmpdir(), `jobcontrol-tmux-${process.pid}-${Terminal.#opened++}`);

  /** Opens it, and waits for the shell. */
  static async open(options: TerminalOptions = {}): Promise<Terminal> {
    const terminal = new Terminal(options);
    await terminal.until(/^\$/);
    return terminal;
  }

  private constructor({ columns = 80, rows = 24, env = {} }: TerminalOptions) {
    const { PATH = "", HOME = "" } = process.env;
    const path = [resolve("test/cli/bin"), resolve("node_modules/.bin"), PATH].join(delimiter);
    const variables = Object.entries({ PATH: path, HOME, PS1: "$ ", LC_ALL: "C.UTF-8", ...env });
    const shell = [
      "env",
      "-i",
      ...variables.map(([name, value]) => `${name}=${value}`),
      "TERM=screen-256color",
      "sh",
    ];
    this.#tmux("-f", "/dev/null", "new-session", "-d", "-x", String(columns), "-y", String(rows), ...shell);
  }

  /** Types a line, and Enter. `jobctl` is the one of this checkout. */
  enter(line: string): void {
    this.type(line);
    this.press("Enter");
  }

  type(text: string): void {
    this.#tmux("send-keys", "-l", text);
  }

  /** Presses keys, as tmux names them: `q`, `C-c`, `Down`. */
  press(...keys: readonly string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What is on the screen; with `colours` as the escapes that make it, with `history` also what has scrolled away. */
  screen({ colours = false, history = false } = {}): string {
    const flags = [...(colours ? ["-e"] : []), ...(history ? ["-S", "-"] : [])];
    return this.#tmux("capture-pane", "-p", ...flags).trimEnd();
  }

  /** How the terminal is set: whether there is a cursor, which of its screens is shown, and whether long lines are broken. */
  get modes(): { readonly cursor: boolean; readonly otherScreen: boolean; readonly wrap: boolean } {
    const format = "#{cursor_flag} #{alternate_on} #{wrap_flag}";
    const [cursor, otherScreen, wrap] = this.#tmux("display-message", "-p", format).trim().split(" ");
    return { cursor: cursor === "1", otherScreen: otherScreen === "1", wrap: wrap === "1" };
  }

  /** Looks until the screen is as it should be, and returns it. */
  async until(expected: RegExp, options?: Parameters<Terminal["screen"]>[0]): Promise<string> {
    return vi.waitFor(
      () => {
        const screen = this.screen(options);
        if (!expected.test(screen)) throw new Error(`Expected ${expected} on the screen:\n${screen}`);
        return screen;
      },
      { ...patience, interval: 40 },
    );
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
    rmSync(this.#socket, { force: true });
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync("tmux", ["-S", this.#socket, ...args], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  }
}
