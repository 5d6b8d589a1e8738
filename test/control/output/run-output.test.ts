import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutputBatch } from "../../../src/control/output/output.ts";
import { RunOutput } from "../../../src/control/output/run-output.ts";
import type { WrittenLines } from "../../../src/runner/runner.ts";
import { droppedIn, numbered, textsIn, written } from "../written.ts";

const roomy = { maxLines: 1000, maxBytes: 1_000_000 };

function write(output: RunOutput, lines: WrittenLines): void {
  output.write({ timeMs: 5, source: "stdout", lines });
}

/** Reads from a place to the end. */
function readAll(output: RunOutput, from = 0): OutputBatch[] {
  const batches: OutputBatch[] = [];
  for (let batch = output.read(from); batch !== undefined; batch = output.read(batch.nextLine)) {
    batches.push(batch);
  }
  return batches;
}

describe("RunOutput", () => {
  it("gives the lines with their time, source and run, in the order in which they came", () => {
    const output = new RunOutput("r-1", roomy);
    output.write({ timeMs: 1, source: "stdout", lines: written("a", "b") });
    output.write({ timeMs: 2, source: "stderr", lines: written("c") });
    expect(output.read(0)).toEqual({
      nextLine: 3,
      dropped: 0,
      lines: [
        { timeMs: 1, source: "stdout", text: "a", runId: "r-1" },
        { timeMs: 1, source: "stdout", text: "b", runId: "r-1" },
        { timeMs: 2, source: "stderr", text: "c", runId: "r-1" },
      ],
    });
    expect(output.read(3)).toBeUndefined();
  });

  it("begins and ends in the middle of what was written at once", () => {
    const output = new RunOutput("r", roomy);
    write(output, numbered(0, 5));
    write(output, numbered(5, 5));
    expect(output.read(3, 8)?.lines.map(({ text }) => text)).toEqual(["3", "4", "5", "6", "7"]);
  });

  it("keeps so many lines, and counts those that had to go for who is behind", () => {
    const output = new RunOutput("r", { ...roomy, maxLines: 10 });
    write(output, numbered(0, 6));
    write(output, numbered(6, 7));
    expect(textsIn(readAll(output))).toEqual(["3", "4", "5", "6", "7", "8", "9", "10", "11", "12"]);
    expect(output.read(0)?.dropped).toBe(3);
    expect(output.read(2)?.dropped).toBe(1);
    expect(output.read(3)?.dropped).toBe(0);
  });

  it("keeps only the newest lines of what is too much at once", () => {
    const output = new RunOutput("r", { ...roomy, maxLines: 3 });
    write(output, numbered(0, 100));
    expect(readAll(output)).toMatchObject([
      { dropped: 97, lines: [{ text: "97" }, { text: "98" }, { text: "99" }] },
    ]);
  });

  it("keeps so many bytes, but always what came last", () => {
    const output = new RunOutput("r", { ...roomy, maxBytes: 1000 });
    for (let line = 0; line < 100; line++) write(output, numbered(line, 1));
    expect(output.bytes).toBeLessThanOrEqual(1000);
    expect(textsIn(readAll(output))).toEqual(["97", "98", "99"]);
    write(output, written("x".repeat(5000)));
    expect(readAll(output)).toMatchObject([{ dropped: 100, lines: [{}] }]);
  });

  it("tells what was lost also where nothing is left", () => {
    const output = new RunOutput("r", roomy);
    write(output, numbered(0, 10));
    output.clear();
    expect(output.bytes).toBe(0);
    expect(readAll(output, 4)).toEqual([{ lines: [], dropped: 6, nextLine: 10 }]);
    write(output, numbered(10, 1));
    expect(readAll(output, 4)).toMatchObject([{ dropped: 6, lines: [{ text: "10" }] }]);
  });

  it("puts no more into one message than a stream should hold", () => {
    const output = new RunOutput("r", roomy);
    write(output, numbered(0, 1000));
    write(output, written(...Array.from({ length: 10 }, () => "€".repeat(8192))));
    const batches = readAll(output);
    expect(textsIn(batches)).toHaveLength(1010 - 10);
    expect(batches.length).toBeGreaterThan(10);
    for (const { lines } of batches) {
      const bytes = lines.reduce((sum, { text }) => sum + Buffer.byteLength(text) + 64, 0);
      expect(bytes).toBeLessThan(16 * 1024 + 3 * 8192 + 64);
    }
  });

  it("gives those who stand at the same place the same batch, and forgets it with the last of them", () => {
    const output = new RunOutput("r", roomy);
    const leave = [output.subscribe(() => {}), output.subscribe(() => {})];
    write(output, numbered(0, 10));
    const first = output.read(0);
    expect(output.read(0)).toBe(first);
    write(output, numbered(10, 1));
    expect(output.read(0)).toBe(first);
    expect(output.read(0, 5)?.lines).toHaveLength(5);
    const again = output.read(10);
    leave[0]?.();
    expect(output.read(10)).toBe(again);
    leave[1]?.();
    expect(output.read(10)).not.toBe(again);
  });

  it("wakes its readers at every change, until they leave", () => {
    const output = new RunOutput("r", roomy);
    let woken = 0;
    const leave = output.subscribe(() => woken++);
    write(output, numbered(0, 1));
    output.clear();
    leave();
    write(output, numbered(1, 1));
    expect(woken).toBe(2);
  });

  it("gives every reader, however slow, each line once and in order, or counts it as dropped", () => {
    const step = fc.oneof(
      fc.record({ write: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ read: fc.nat({ max: 2 }) }),
      fc.constant({ clear: true }),
    );
    const limits = fc.record({
      maxLines: fc.integer({ min: 1, max: 50 }),
      maxBytes: fc.integer({ min: 1, max: 3000 }),
    });
    fc.assert(
      fc.property(limits, fc.array(step, { maxLength: 60 }), (options, steps) => {
        const output = new RunOutput("r", options);
        const readers = [0, 1, 2].map(() => ({ place: 0, batches: [] as OutputBatch[] }));
        const read = (reader: (typeof readers)[number] | undefined) => {
          if (reader === undefined) return false;
          const found = output.read(reader.place);
          if (found === undefined) return false;
          reader.place = found.nextLine;
          reader.batches.push(found);
          return true;
        };
        for (const action of steps) {
          if ("write" in action) write(output, numbered(output.end, action.write));
          else if ("read" in action) read(readers[action.read]);
          else output.clear();
        }
        for (const reader of readers) {
          while (read(reader)) expect(reader.batches.at(-1)).not.toEqual({ lines: [], dropped: 0 });
          expect(textsIn(reader.batches).length + droppedIn(reader.batches)).toBe(output.end);
          let place = 0;
          for (const { lines, dropped } of reader.batches) {
            place += dropped;
            for (const { text } of lines) expect(text).toBe(`${place++}`);
          }
        }
      }),
    );
  });
});
