import type { OutputBatch } from "../../src/control/output/output.ts";
import type { WrittenLines } from "../../src/runner/runner.ts";

/** Lines as a run tells them. */
export function written(...texts: readonly string[]): WrittenLines {
  return {
    count: texts.length,
    bytes: texts.join("\n").length + 1,
    read(from, visit) {
      for (const text of texts.slice(from)) if (!visit(text)) return;
    },
  };
}

/** So many lines with numbers: `7`, `8`, … */
export function numbered(from: number, count: number): WrittenLines {
  return written(...Array.from({ length: count }, (_, index) => `${from + index}`));
}

export function textsIn(batches: readonly OutputBatch[]): string[] {
  return batches.flatMap(({ lines }) => lines.map(({ text }) => text));
}

export function droppedIn(batches: readonly OutputBatch[]): number {
  return batches.reduce((sum, { dropped }) => sum + dropped, 0);
}
