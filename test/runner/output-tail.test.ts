import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputTail } from "../../src/runner/output-tail.ts";

describe("OutputTail", () => {
  it("keeps the end of what was written, in whatever pieces it came", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 })),
        fc.integer({ min: 1, max: 64 }),
        (pieces, longest) => {
          const tail = new OutputTail(longest);
          for (const piece of pieces) tail.push(Buffer.from(piece, "latin1"));
          const all = Buffer.from(pieces.join(""), "latin1");
          expect(tail.lastLine()).toBe(lastLineOf(all.subarray(Math.max(0, all.length - longest))));
          if (all.length > longest) expect(tail.whole()).toBeUndefined();
        },
      ),
    );
  });

  it("has the whole of what is not too long", () => {
    const tail = new OutputTail(8);
    expect(tail.whole()).toBe("");
    tail.push(Buffer.from("añ"));
    tail.push(Buffer.from("\nabc"));
    expect(tail.whole()).toBe("añ\nabc");
    tail.push(Buffer.from("def"));
    expect(tail.whole()).toBeUndefined();
  });

  it("has no whole of what is not UTF-8, and a harmless last line", () => {
    const tail = new OutputTail(64);
    tail.push(Buffer.from([0x61, 0xff, 0x62]));
    expect(tail.whole()).toBeUndefined();
    expect(tail.lastLine()).toBe("a\ufffdb");
  });

  it("passes over blank lines, and ends lines at carriage returns too", () => {
    const tail = new OutputTail(64);
    expect(tail.lastLine()).toBe("");
    tail.push(Buffer.from("10%\r100%\r\n  \n\n"));
    expect(tail.lastLine()).toBe("100%");
  });
});

function lastLineOf(bytes: Buffer): string {
  return (
    bytes
      .toString("utf8")
      .split(/[\r\n]+/)
      .findLast((line) => line.trim() !== "") ?? ""
  );
}
