import { describe, expect, it } from "vitest";
import { LiveLines } from "../../../src/cli/output/live-lines.ts";

const up = (rows: number) => `\r\u001b[${rows}A\u001b[J`;
const below = (...lines: readonly string[]) =>
  `\u001b[?7l${lines.map((line) => `${line}\n`).join("")}\u001b[?7h`;

function setup({ columns = 80, rows = 24 } = {}) {
  const written: string[] = [];
  const terminal = { columns, rows, write: (text: string) => written.push(text) };
  let lower: readonly string[] = [];
  const lines = new LiveLines(terminal, () => lower);
  return { terminal, written, lines, setLower: (...texts: readonly string[]) => (lower = texts) };
}

describe("LiveLines", () => {
  it("keeps what is printed above, and draws the rest anew below it", () => {
    const { written, lines, setLower } = setup();
    setLower("bar 1 %", "bar 2 %");
    lines.print("began");
    setLower("bar 3 %");
    lines.print("one ended");
    lines.end();
    expect(written).toEqual([
      `began\n${below("bar 1 %", "bar 2 %")}`,
      `${up(2)}one ended\n${below("bar 3 %")}`,
    ]);
  });

  it("leaves what it has drawn when it ends", () => {
    const { written, lines, setLower } = setup();
    setLower("bar");
    lines.print();
    lines.end();
    lines.end();
    expect(written.at(-1)).toBe(below("bar"));
    expect(written.at(-2)).toBe(`${up(1)}${below("bar")}`);
  });

  it("takes the rows away into which a narrower terminal has broken a line", () => {
    const { terminal, written, lines, setLower } = setup();
    setLower("\u001b[36m0123456789\u001b[39m");
    lines.print();
    terminal.columns = 4;
    lines.end();
    expect(written[1]?.startsWith(up(3))).toBe(true);
  });

  it("cuts what is too long, so that it stays on one row", () => {
    const { written, lines, setLower } = setup({ columns: 4 });
    setLower("0123456789");
    lines.print();
    lines.end();
    expect(written).toEqual([below("012…"), `${up(1)}${below("012…")}`]);
  });

  it("never draws more than there are rows, as those above could not be reached again", () => {
    const { written, lines, setLower } = setup({ rows: 3 });
    setLower("a", "b", "c", "d");
    lines.print();
    expect(written).toEqual([below("a", "b")]);
  });

  it("makes room for what somebody else writes", () => {
    const { written, lines, setLower } = setup();
    setLower("bar");
    lines.print();
    lines.aside(() => written.push("a word\n"));
    lines.end();
    expect(written).toEqual([below("bar"), up(1), "a word\n", below("bar")]);
  });
});
