import { globSync, readFileSync } from "node:fs";

/** Everything that a reader of the documents may type or copy: their fenced blocks. */

export interface Block {
  readonly document: string;
  /** Empty where the fence names none. */
  readonly language: string;
  readonly text: string;
  /** Of its fence, from 1. */
  readonly line: number;
}

const patterns = ["*.md", "docs/*.md", "examples/*/README.md", "deploy/**/*.md", "bench/README.md"];

/** The documents that people wrote. The generated ones have no snippets but declarations. */
export const documents: readonly string[] = patterns.flatMap((pattern) => globSync(pattern)).sort();

export function blocksIn(document: string): readonly Block[] {
  const lines = readFileSync(document, "utf8").split("\n");
  const blocks: Block[] = [];
  for (let line = 0; line < lines.length; line++) {
    const fence = /^( *)(`{3,})(\S*)/.exec(lines[line] ?? "");
    if (fence === null) continue;
    const [, indent = "", ticks = "", language = ""] = fence;
    const end = lines.indexOf(indent + ticks, line + 1);
    if (end < 0) throw new Error(`${document}:${line + 1}: the block has no end`);
    const text = lines
      .slice(line + 1, end)
      .map((each) => `${each.slice(indent.length)}\n`)
      .join("");
    blocks.push({ document, language, text, line: line + 1 });
    line = end;
  }
  return blocks;
}

/** What is typed at a prompt in a block, continued lines joined. */
export function commandsIn({ text }: Block): readonly string[] {
  const joined = text.replaceAll(/\\\n\s*/g, "");
  return Array.from(joined.matchAll(/^\$ (.*)$/gm), ([, command = ""]) => command);
}
