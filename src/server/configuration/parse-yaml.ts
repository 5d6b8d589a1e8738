import { type Document, LineCounter, parseDocument, visit, type YAMLError } from "yaml";
import { errorOfAll, type Problem } from "./configuration-error.ts";
import type { Position, ReadText } from "./positions.ts";
import { YamlFields } from "./yaml-fields.ts";

/**
 * Reads a YAML document: one document, no key twice, no tag of another language, and aliases only in measure. `<<` takes over
 * the fields of another object that are not there.
 * Throws a `ConfigurationError` that says where it is wrong, without the name of a file.
 */
export function parseYaml(text: string): ReadText {
  const counter = new LineCounter();
  const options = {
    logLevel: "error",
    uniqueKeys: false,
    prettyErrors: false,
    merge: true,
    lineCounter: counter,
  } as const;
  const document = parseDocument(text, options);
  const at = (offset: number) => positionAt(counter, offset);
  const faults = faultsOf(document, at);
  if (faults.length > 0) throw errorOfAll(faults);
  const { problems, positions } = new YamlFields(document.contents, at).found;
  if (problems.length > 0) throw errorOfAll(problems);
  return { said: saidIn(document), positions };
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
