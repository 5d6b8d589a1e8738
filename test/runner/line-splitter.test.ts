import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter, longestLine } from "../../src/runner/line-splitter.ts";
import type { WrittenLines } from "../../src/runner/runner.ts";
import { textsOf } from "./recording.ts";

/** What it makes of these chunks, in the pieces in which it tells them. */
function pieces(...chunks: readonly (string | Buffer)[]): WrittenLines[] {
  const told: WrittenLines[] = [];
  const splitter = new LineSplitter((lines) => told.push(lines));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return told;
}

function lines(...chunks: readonly (string | Buffer)[]): string[] {
  return pieces(...chunks).flatMap(textsOf);
}

/** Bytes in which what is difficult comes often: line breaks, long lines, wide characters, no characters at all. */
const output = fc
  .array(
    fc.oneof(
      fc.constantFrom("\n", "\r", "\r\n", "\n\n", "a", "é", "€", "😀", " \t"),
      fc.string({ unit: "binary", maxLength: 10 }),
      fc.integer({ min: longestLine - 3, max: longestLine + 3 }).map((length) => "x".repeat(length)),
      fc.constantFrom("é".repeat(longestLine), "😀".repeat(longestLine / 4), "\0".repeat(2 * longestLine)),
      fc.uint8Array({ maxLength: 8 }),
    ),
    { maxLength: 12 },
  )
  .map((parts) => Buffer.concat(parts.map((part) => Buffer.from(part))));

describe("LineSplitter", () => {
  it("ends a line at LF, CR LF or CR, and the last one at the end", () => {
    expect(lines("a\nb\r\nc\rd\n\n\re")).toEqual(["a", "b", "c", "d", "", "", "e"]);
    expect(lines("a\n")).toEqual(["a"]);
    expect(lines("")).toEqual([]);
  });

  it("takes a CR LF for one line break, also where a chunk ends in the middle of it", () => {
    expect(lines("a\r", "\nb\r", "\r", "\n\n")).toEqual(["a", "b", "", ""]);
  });

  it("tells a line as soon as it has ended, and not before", () => {
    const told: string[] = [];
    const splitter = new LineSplitter((written) => told.push(...textsOf(written)));
    splitter.push(Buffer.from("a\r"));
    expect(told).toEqual(["a"]);
    splitter.push(Buffer.from("\nb"));
    expect(told).toEqual(["a"]);
    splitter.push(Buffer.from("\n"));
    expect(told).toEqual(["a", "b"]);
    splitter.push(Buffer.from("c"));
    splitter.end();
    splitter.end();
    expect(told).toEqual(["a", "b", "c"]);
  });

  it("makes the same lines of the same bytes, in whatever chunks they come", () => {
    fc.assert(
      fc.property(output, fc.array(fc.nat({ max: 40_000 })), (bytes, cuts) => {
        const places = [...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
          (a, b) => a - b,
        );
        const chunks = places.map((end, index) => bytes.subarray(places[index - 1] ?? 0, end));
        expect(lines(...chunks)).toEqual(lines(bytes));
      }),
    );
  });

  it("makes the same lines of bytes that come one by one", () => {
    const bytes = Buffer.from("é€\r\n😀\n\r\r\n\nend");
    expect(lines(...Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(lines(bytes));
  });

  it("loses nothing but line breaks", () => {
    const text = fc.string({ unit: fc.constantFrom("a", " ", "é", "😀", "\n", "\r\n"), maxLength: 200 });
    fc.assert(
      fc.property(text, (written) => {
        const ended = written === "" || written.endsWith("\n");
        expect([...lines(written), ...(ended ? [""] : [])].join("\n")).toBe(written.replaceAll("\r\n", "\n"));
      }),
    );
  });

  it("cuts a line that is too long between two characters, and keeps all of it", () => {
    for (const character of ["x", "é", "€", "😀"]) {
      const line = character.repeat(20_000);
      const cut = lines(`a\n${line}`, `${line}\nb`).slice(1, -1);
      expect(cut.join("")).toBe(line + line);
      for (const piece of cut) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(longestLine);
      for (const piece of cut.slice(0, -1)) expect(Buffer.byteLength(piece)).toBeGreaterThan(longestLine - 4);
    }
  });

  it("does not cut a line that is just not too long", () => {
    const line = "x".repeat(longestLine);
    expect(lines(line, "\n")).toEqual([line]);
    expect(lines(`${line}y\n`)).toEqual([line, "y"]);
  });

  it("takes what is no text: it becomes lines that are, of a bounded length", () => {
    fc.assert(
      fc.property(output, (bytes) => {
        for (const line of lines(bytes)) {
          expect(line.replaceAll("\t", "")).not.toMatch(/[\p{Cc}\u2028\u2029]/u);
          expect(line.isWellFormed()).toBe(true);
          expect(line.length).toBeLessThanOrEqual(longestLine);
        }
      }),
    );
    expect(lines(Buffer.from([0x61, 0xff, 0x00, 0x62, 0x0a, 0xc3]))).toEqual(["a\ufffd b", "\ufffd"]);
    expect(lines(Buffer.alloc(longestLine + 1, 0x80))).toEqual(["\ufffd".repeat(longestLine), "\ufffd"]);
  });
});

describe("WrittenLines.read()", () => {
  it("begins with the line that is asked for, and ends when it is told to", () => {
    const [written] = pieces("a\nb\nc\nd\n");
    const seen: string[] = [];
    written?.read(1, (text) => seen.push(text) < 2);
    expect(seen).toEqual(["b", "c"]);
  });

  it("gives nothing from beyond the last", () => {
    const [written] = pieces("a\nb\n");
    written?.read(2, () => expect.unreachable());
  });
});
