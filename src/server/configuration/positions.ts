import { type ConfigurationError, errorOfAll, type Problem } from "./configuration-error.ts";

/**
 * Where the fields of a configuration stand in its text. The parsers of YAML and JSON note it on their way, so that a
 * problem that is found much later can be told with its line.
 */

/** Both count from 1; the column counts UTF-16 units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** What a text says, and where it says it. */
export interface ReadText {
  readonly said: unknown;
  /** By the path of a field, as `fieldOf()` writes it; empty for the whole. */
  readonly positions: ReadonlyMap<string, Position>;
}

/** Notes where fields stand, and what is wrong with that. */
export class FieldPositions {
  readonly positions = new Map<string, Position>();
  readonly problems: Problem[] = [];

  /**
   * False for a field that is there already: neither JSON nor YAML allows it, and a reader would take the last and say nothing.
   */
  note(field: string, position: Position): boolean {
    const first = this.positions.get(field);
    if (first === undefined) this.positions.set(field, position);
    else this.problems.push({ field, ...position, problem: `is there already, at line ${first.line}` });
    return first === undefined;
  }
}

/** Turns offsets in a text into positions. */
export class Lines {
  readonly #starts: readonly number[];

  constructor(text: string) {
    this.#starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
  }

  at(offset: number): Position {
    let [low, high] = [0, this.#starts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}

/** The same error, with the lines of its fields. */
export function located(error: ConfigurationError, positions: ReadText["positions"]): ConfigurationError {
  return errorOfAll(locate(error.problems, positions), { cause: error.cause });
}

/** The problems with the lines of their fields, in their order; of a field that is missing, that of what it is missing in. */
export function locate(problems: readonly Problem[], positions: ReadText["positions"]): Problem[] {
  return problems
    .map((each) => (each.file === undefined ? each : { ...each, ...positionOf(each.field ?? "", positions) }))
    .sort(
      (one, other) =>
        numberOf(one.line) - numberOf(other.line) || numberOf(one.column) - numberOf(other.column),
    );
}

/** What has no place in the text comes first. */
function numberOf(count: number | undefined): number {
  return count ?? 0;
}

function positionOf(field: string, positions: ReadText["positions"]): Position | undefined {
  for (let at = field; ; at = at.replace(lastSegment, "")) {
    const position = positions.get(at);
    if (position !== undefined || !lastSegment.test(at)) return position;
  }
}

/** `name`, `.name`, `[0]` or `["a.b"]`. */
const lastSegment = /(?:^|\.)[\w-]+$|\[(?:\d+|"(?:[^"\\]|\\.)*")\]$/;
