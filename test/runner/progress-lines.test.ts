import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Progress } from "../../src/job/job-status.ts";
import { ProgressLines } from "../../src/runner/progress-lines.ts";

/** What comes out of these pieces: the progress that was told, and all the rest. */
function read(...pieces: readonly (string | Buffer)[]) {
  const told: Progress[] = [];
  const rest: Buffer[] = [];
  const lines = new ProgressLines(
    (progress) => told.push(progress),
    (bytes) => rest.push(Buffer.from(bytes)),
  );
  for (const piece of pieces) lines.push(Buffer.from(piece));
  lines.end();
  return { told, rest: Buffer.concat(rest).toString() };
}

function progress(current: number, total: number, message = ""): Progress {
  return { current, total, unit: "", message, stage: "" };
}

describe("ProgressLines", () => {
  it("takes progress out, and leaves everything else", () => {
    expect(read("begun\nprogress 3/10 page three\ndone\n")).toEqual({
      told: [progress(3, 10, "page three")],
      rest: "begun\ndone\n",
    });
    expect(read("progress 0.5/1.0\r\nprogress 1/1\rend")).toEqual({ told: [progress(1, 1)], rest: "end" });
    expect(read('progress 1/1 last\n{"a":1}')).toEqual({ told: [progress(1, 1, "last")], rest: '{"a":1}' });
    expect(read("progress 10/10")).toEqual({ told: [progress(10, 10)], rest: "" });
  });

  it("tells the newest of what comes in one piece", () => {
    expect(read("progress 1/3\nprogress 2/3\n", "progress 3/3\n").told).toEqual([
      progress(2, 3),
      progress(3, 3),
    ]);
  });

  it("makes its text harmless, and no longer than it may be", () => {
    expect(read("progress 1/2 \u001b[31mred\u0007 é\u202e\n").told).toEqual([progress(1, 2, "red é")]);
    const [told] = read(`progress 1/2 ${"x".repeat(600)}\n`).told;
    expect(told?.message).toBe(`${"x".repeat(255)}…`);
  });

  it("leaves alone what only looks like it", () => {
    for (const text of [
      "progress\n",
      "progress 3\n",
      "progress 3/\n",
      "progress 3/10x\n",
      "progress -3/10\n",
      "progress 1e9/10\n",
      "progress NaN/10\n",
      "  progress 3/10\n",
      "no progress 3/10\n",
      "PROGRESS 3/10\n",
      "progress  3/10\n",
      "progress 3./10\n",
      "progress 3/1.\n",
      "progress /10\n",
      "progre",
      "progress 3/10 and more ".padEnd(2_000, "x"),
      `progress 1${"0".repeat(400)}/2\n`,
    ]) {
      expect(read(text)).toEqual({ told: [], rest: text });
      expect(read(...text)).toEqual({ told: [], rest: text });
    }
  });

  it("takes a line out with both halves of its CR LF, also where they come apart", () => {
    expect(read(Buffer.from("progress 1/2\r"), Buffer.from("\n{}\r\n")).rest).toBe("{}\r\n");
  });

  it("makes no difference where the pieces are cut", () => {
    const line = fc.oneof(
      fc.constantFrom(
        "progress 1/2",
        "progress 2/2 é漢",
        "progress ",
        "progress x",
        "prog",
        "",
        "{",
        "x progress 1/2",
      ),
      fc.string({ maxLength: 12 }),
    );
    const text = fc
      .array(fc.tuple(line, fc.constantFrom("\n", "\r", "\r\n")))
      .map((lines) => lines.flat().join(""));
    fc.assert(
      fc.property(text, fc.array(fc.nat({ max: 12 })), (whole, lengths) => {
        const bytes = Buffer.from(whole);
        const pieces: Buffer[] = [];
        let from = 0;
        for (const length of lengths) {
          pieces.push(bytes.subarray(from, from + length));
          from += length;
        }
        pieces.push(bytes.subarray(from));
        const cut = read(...pieces);
        const once = read(bytes);
        expect(cut.rest).toBe(once.rest);
        expect(cut.told.at(-1)).toEqual(once.told.at(-1));
      }),
    );
  });
});
