import type { OutputLine, OutputLine_Source } from "../../gen/jobcontrol/v1/output_pb.ts";
import { plain } from "../words/plain.ts";
import { msOf } from "../words/time.ts";

/** One line as it is shown; what was lost before it is a line of its own kind. */
export type ShownLine =
  | { readonly kind: "line"; readonly ms: number; readonly source: OutputLine_Source; readonly text: string }
  | { readonly kind: "lost"; readonly count: bigint };

/** Lines that are drawn together: one that is full never changes, and is not drawn again. */
export interface Block {
  readonly id: number;
  readonly lines: readonly ShownLine[];
}

/** What a run wrote, as far as the page keeps it: the newest lines, in blocks. A value: adding makes a new one. */
export interface OutputBuffer {
  readonly blocks: readonly Block[];
  /** Lines that went because there was no room for more. */
  readonly left: number;
}

export const emptyOutput: OutputBuffer = { blocks: [], left: 0 };

export function withOutput(
  buffer: OutputBuffer,
  lines: readonly OutputLine[],
  dropped: bigint,
): OutputBuffer {
  const added: ShownLine[] = dropped > 0n ? [{ kind: "lost", count: dropped }] : [];
  for (const { time, source, text } of lines)
    added.push({ kind: "line", ms: msOf(time) ?? 0, source, text: plain(text, { maxLength: 10_000 }) });
  const blocks = [...buffer.blocks];
  for (let taken = 0; taken < added.length; ) {
    const last = blocks.at(-1);
    const isRoomy = last !== undefined && last.lines.length < blockSize;
    const block = isRoomy ? last : { id: (last?.id ?? 0) + 1, lines: [] };
    const more = added.slice(taken, taken + blockSize - block.lines.length);
    const grown = { id: block.id, lines: [...block.lines, ...more] };
    if (isRoomy) blocks[blocks.length - 1] = grown;
    else blocks.push(grown);
    taken += more.length;
  }
  const kept = blocks.slice(-mostBlocks);
  const gone = (blocks.length - kept.length) * blockSize;
  return { blocks: kept, left: buffer.left + gone };
}

export function countLines({ blocks }: OutputBuffer): number {
  return blocks.reduce((sum, { lines }) => sum + lines.length, 0);
}

const blockSize = 100;
const mostBlocks = 50;
