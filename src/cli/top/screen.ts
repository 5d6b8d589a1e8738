import { constants } from "node:os";

/**
 * The whole of a terminal, for as long as it is open: its other screen, without a cursor, and with keys that come one by
 * one. What was there before is there again however the process ends, but for SIGKILL: also after a signal, or an error that
 * nobody caught.
 */
export class Screen {
  readonly #input: NodeJS.ReadStream;
  readonly #output: NodeJS.WriteStream;
  #shown: readonly string[] = [];
  #isOpen = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream) {
    this.#input = input;
    this.#output = output;
  }

  get columns(): number {
    return this.#output.columns;
  }

  get rows(): number {
    return this.#output.rows;
  }

  open(): void {
    process.on("exit", this.#leave);
    // Before the error is printed, which would else be gone with the screen.
    process.on("uncaughtExceptionMonitor", this.#leave);
    for (const signal of deadlySignals) process.on(signal, endBySignal);
    process.on("SIGCONT", this.#enter);
    this.#enter();
  }

  /** Shows these rows; of those that it shows already nothing is written. */
  draw(rows: readonly string[]): void {
    if (!this.#isOpen) return;
    const changed = rows.flatMap((text, at) =>
      text === this.#shown[at] ? [] : [`\u001b[${at + 1};1H\u001b[2K${text}`],
    );
    this.#shown = [...rows];
    if (changed.length > 0) this.#output.write(changed.join(""));
  }

  /** The terminal has another size: all of it is drawn anew. */
  clear(): void {
    if (!this.#isOpen) return;
    this.#shown = [];
    this.#output.write("\u001b[2J");
  }

  /** Gives the terminal back, and stops until the shell's `fg`, as Ctrl-Z does elsewhere. */
  suspend(): void {
    this.#leave();
    // The whole group, with what has started us: else the shell would go on waiting.
    process.kill(0, "SIGTSTP");
  }

  close(): void {
    this.#leave();
    process.off("exit", this.#leave);
    process.off("uncaughtExceptionMonitor", this.#leave);
    for (const signal of deadlySignals) process.off(signal, endBySignal);
    process.off("SIGCONT", this.#enter);
  }

  readonly #enter = (): void => {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#shown = [];
    this.#input.setRawMode(true);
    this.#output.write(`${otherScreen}${hideCursor}${noWrap}\u001b[2J`);
  };

  readonly #leave = (): void => {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(`${wrap}${showCursor}${usualScreen}`);
    this.#input.setRawMode(false);
  };
}

const otherScreen = "\u001b[?1049h";
const usualScreen = "\u001b[?1049l";
const hideCursor = "\u001b[?25l";
const showCursor = "\u001b[?25h";
const noWrap = "\u001b[?7l";
const wrap = "\u001b[?7h";

const deadlySignals = ["SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** As a shell tells of it. What listens to `exit` has the terminal restored. */
function endBySignal(signal: NodeJS.Signals): void {
  process.exit(128 + constants.signals[signal]);
}
