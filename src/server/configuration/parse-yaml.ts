import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  parseDocument,
  visit,
  type YAMLError,
} from "yaml";
import { errorOfAll, type Problem } from "./configuration-error.ts";
import { fieldOf } from "./field-path.ts";
import { FieldPositions, type Position, type ReadText } from "./positions.ts";

/**
 * Reads a YAML document: one document, no key twice, no tag of another language, and aliases only in measure.
 * Throws a `ConfigurationError` that says where it is wrong, without the name of a file.
 */
export function parseYaml(text: string): ReadText {
  const counter = new LineCounter();
  const options = {
    logLevel: "error",
    uniqueKeys: false,
    prettyErrors: false,
    lineCounter: counter,
  } as const;
  const document = parseDocument(text, options);
  const at = (offset: number) => positionAt(counter, offset);
  const faults = faultsOf(document, at);
  if (faults.length > 0) throw errorOfAll(faults);
  const fields = new FieldPositions();
  noteFields(document.contents, { path: [], document, fields, at });
  if (fields.problems.length > 0) throw errorOfAll(fields.problems);
  return { said: saidIn(document), positions: fields.positions };
}

type At = (offset: number) => Position;

function positionAt(counter: LineCounter, offset: number): Position {
  const { line, col: column } = counter.linePos(offset);
  return { line, column };
}

/** Of a line only the first: the others follow from it. */
function faultsOf(document: Document.Parsed, at: At): readonly Problem[] {
  const faults = [...document.errors, ...document.warnings].map((error) => ({
    ...at(offsetOf(error, document)),
    problem: wordsFor(error),
  }));
  faults.sort((one, other) => one.line - other.line || one.column - other.column);
  return faults.filter(({ line }, index) => line !== faults[index - 1]?.line);
}

/** A quote that is not closed is noticed at the end of the text; what there is to mend is where it begins. */
function offsetOf({ code, message, pos: [offset] }: YAMLError, document: Document.Parsed): number {
  let begin = offset;
  if (code === "MISSING_CHAR" && /^Missing closing .quote/.test(message)) {
    visit(document, {
      Scalar: (_, { type, range }) => {
        if (type?.startsWith("QUOTE")) begin = range?.[0] ?? begin;
      },
    });
  }
  return Math.max(0, begin);
}

/** The parser's own words, where they are for those who write a configuration and not for those who call it. */
function wordsFor({ code, message }: YAMLError): string {
  switch (code) {
    case "MULTIPLE_DOCS":
      return "expected one document, found a second one";
    case "MULTILINE_IMPLICIT_KEY":
      return "expected a key with a colon and a space after it";
    case "RESOURCE_EXHAUSTION":
      return "expected fewer levels, one in another";
    case "BAD_ALIAS":
    case "BAD_SCALAR_START":
    case "BLOCK_AS_IMPLICIT_KEY":
    case "UNEXPECTED_TOKEN":
      return `${message} (text that has : at its end, or begins with * & [ { @ or %, belongs in quotes)`;
    default:
      return message;
  }
}

interface Noting {
  readonly path: readonly (string | number)[];
  readonly document: Document.Parsed;
  readonly fields: FieldPositions;
  readonly at: At;
}

/** Each field by its key, each entry of a list by itself. What is behind an alias is where the alias is. */
function noteFields(node: unknown, noting: Noting): void {
  const { path, document, fields, at } = noting;
  if (path.length === 0 && isNode(node)) fields.note("", at(startOf(node)));
  if (isAlias(node) && node.resolve(document) === undefined) {
    fields.problems.push({ ...at(startOf(node)), problem: `no such anchor above: ${node.source}` });
  }
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      const position = at(isNode(key) ? startOf(key) : startOf(node));
      if (!isScalar(key)) {
        fields.problems.push({ ...position, problem: "expected a name as the key" });
        continue;
      }
      const own = [...path, String(key.value ?? "")];
      if (fields.note(fieldOf(own), position)) noteFields(value, { ...noting, path: own });
    }
  }
  if (isSeq(node)) {
    for (const [index, entry] of node.items.entries()) {
      const own = [...path, index];
      if (isNode(entry)) fields.note(fieldOf(own), at(startOf(entry)));
      noteFields(entry, { ...noting, path: own });
    }
  }
}

function startOf({ range }: Node): number {
  return range?.[0] ?? 0;
}

/** Aliases in what aliases stand for multiply, and would take for ever to check. */
function saidIn(document: Document.Parsed): unknown {
  try {
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw errorOfAll([{ problem: `expected at most ${mostAliases} aliases, found more` }], { cause: error });
  }
}

const mostAliases = 10_000;
