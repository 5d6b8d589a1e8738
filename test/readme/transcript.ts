/**
 * The transcripts of a document: what it shows a reader to type, and what he is told that he will see. What differs from
 * run to run (times, sizes, counts) is replaced by a word on both sides, so that everything else can be compared.
 */

/** One command of a transcript. */
export interface Step {
  /** As it stands after the prompt, continued lines joined. */
  readonly command: string;
  /** What it prints, as the document has it. */
  readonly output: readonly string[];
}

/** The text of each fenced block of this language, in their order. */
export function blocksOf(markdown: string, language: string): readonly string[] {
  return Array.from(markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm))
    .filter(([, tag]) => tag === language)
    .map(([, , text = ""]) => text);
}

/** The steps of all blocks that name no language. */
export function stepsOf(markdown: string): readonly Step[] {
  return blocksOf(markdown, "").flatMap(stepsIn);
}

/** What is typed after a `$`, and what follows up to an empty line or the next `$`. */
export function stepsIn(block: string): readonly Step[] {
  const text = block.replaceAll(/\\\n\s*/g, "");
  return Array.from(text.matchAll(/^\$ (.*)\n((?:(?!\$ ).+\n)*)/gm), ([, command = "", output = ""]) => ({
    command,
    output: linesOf(output),
  }));
}

/**
 * What a reader recognises an output by. The lines that tell of a job that is running come when they come, so
 * they are left out here; `progressOf` has them.
 */
export function shapeOf(output: string | readonly string[]): readonly string[] {
  const lines = linesOf(output).filter((line) => !runningPattern.test(line));
  return [...new Set(lines.map(lineShape))];
}

/** The lines that tell how far a job is, each kind of them once. */
export function progressOf(output: string | readonly string[]): readonly string[] {
  const lines = linesOf(output).filter((line) => runningPattern.test(line) && line.includes("%"));
  return [...new Set(lines.map(lineShape))];
}

const runningPattern = /^\d\d:\d\d:\d\d +\S+ +running\b/;

function linesOf(output: string | readonly string[]): readonly string[] {
  return typeof output === "string" ? output.split("\n").filter((line) => line.trim() !== "") : output;
}

function lineShape(line: string): string {
  if (/^\d$/.test(line)) return line;
  return line
    .replaceAll(/\b[0-9a-f]{64}\b/g, "DIGEST")
    .replaceAll(/\b\d\d:\d\d:\d\d\b/g, "CLOCK")
    .replaceAll(/\b\d+(\.\d+)? (ms|s|min|m|h)\b/g, "TIME")
    .replaceAll(/\b\d+\/\d+\b|(?<=":)\d+\b|\b\d+(?= %| \.( |$)| {2})/g, "COUNT")
    .replace(/ \(\+\d+ merged\)/, "")
    .replaceAll(/(?<=\S) {2,}/g, " ")
    .trimEnd();
}
