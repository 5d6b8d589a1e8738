import { stripVTControlCharacters } from "node:util";
import { Paced } from "./paced.ts";
import { cutStyled, widthOf } from "./width.ts";

export interface Terminal {
  readonly columns: number;
  readonly rows: number;
  write(text: string): unknown;
}

/**
 * Lines that stay, and below them some that are drawn anew in the same place, on a terminal that scrolls. Each of the
 * lower ones is cut to fit on a row; more of them than there are rows are left out. What stays is there when the process ends,
 * however it ends, if `end` is called then.
 */
export class LiveLines {
  readonly #terminal: Terminal;
  readonly #lower: () => readonly string[];
  readonly #paced: Paced;
  #waiting: string[] = [];
  /** How many columns each of the lines has that are drawn below. */
  #drawn: readonly number[] = [];

  /** `lower` says what the lines below are at the moment. */
  constructor(terminal: Terminal, lower: () => readonly string[]) {
    this.#terminal = terminal;
    this.#lower = lower;
    this.#paced = new Paced(100, () => this.#draw());
  }

  /** Adds lines that stay; without any, what is below has changed. */
  print(...lines: readonly string[]): void {
    this.#waiting.push(...lines);
    this.#paced.ask();
  }

  /** Gives the place below what stays to somebody else's writing. */
  aside(write: () => void): void {
    this.#terminal.write(this.#erase() + this.#takeWaiting());
    this.#drawn = [];
    write();
    this.#paced.ask();
  }

  /** Draws what is still to be drawn, and leaves it there. */
  end(): void {
    this.#paced.now();
    this.#drawn = [];
  }

  #draw(): void {
    const erase = this.#erase();
    const upper = this.#takeWaiting();
    const { columns, rows } = this.#terminal;
    const lines = this.#lower()
      .slice(0, Math.max(0, rows - 1))
      .map((line) => cutStyled(line, columns));
    this.#drawn = lines.map((line) => widthOf(stripVTControlCharacters(line)));
    const lower = lines.map((line) => `${line}\n`).join("");
    if (erase + upper + lower !== "") this.#terminal.write(erase + upper + noWrap(lower));
  }

  #takeWaiting(): string {
    const text = this.#waiting.map((line) => `${line}\n`).join("");
    this.#waiting = [];
    return text;
  }

  /** A terminal that was made narrower since has broken the lines into several rows; and one that is typed on has an echo. */
  #erase(): string {
    const { columns } = this.#terminal;
    const up = this.#drawn.reduce((rows, width) => rows + Math.max(1, Math.ceil(width / columns)), 0);
    return up === 0 ? "" : `\r\u001b[${up}A\u001b[J`;
  }
}

/** What is too long all the same stays on its row. */
function noWrap(text: string): string {
  return text === "" ? "" : `\u001b[?7l${text}\u001b[?7h`;
}
