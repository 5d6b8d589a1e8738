import {
  type Document,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
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
  const faults = faultsOf(document).map((fault) => problemOf(fault, at));
  if (faults.length > 0) throw errorOfAll(faults);
  const fields = new FieldPositions();
  noteFields(document.contents, { path: [], fields, at });
  if (fields.repeated.length > 0) throw errorOfAll(fields.repeated);
  return { said: document.toJS({ maxAliasCount: 100 }), positions: fields.positions };
}

/** Of a place only the first: the others follow from it. */
function faultsOf({ errors, warnings }: Document.Parsed): readonly YAMLError[] {
  const faults = new Map<number, YAMLError>();
  for (const fault of [...errors, ...warnings])
    if (!faults.has(fault.pos[0])) faults.set(fault.pos[0], fault);
  return [...faults.values()];
}

type At = (offset: number) => Position;

function positionAt(counter: LineCounter, offset: number): Position {
  const { line, col: column } = counter.linePos(offset);
  return { line, column };
}

function problemOf({ message, pos: [offset] }: YAMLError, at: At): Problem {
  return { ...(offset >= 0 && at(offset)), problem: message };
}

interface Noting {
  readonly path: readonly (string | number)[];
  readonly fields: FieldPositions;
  readonly at: At;
}

/** Each field by its key, each entry of a list by itself. What is behind an alias is where the alias is. */
function noteFields(node: unknown, { path, fields, at }: Noting): void {
  if (isMap(node)) {
    for (const { key, value } of node.items) {
      if (!isScalar(key)) continue;
      const own = [...path, String(key.value ?? "")];
      const isFirst = fields.note(fieldOf(own), at(key.range?.[0] ?? 0));
      if (isFirst) noteFields(value, { path: own, fields, at });
    }
  }
  if (isSeq(node)) {
    for (const [index, entry] of node.items.entries()) {
      const own = [...path, index];
      if (isNode(entry)) fields.note(fieldOf(own), at(entry.range?.[0] ?? 0));
      noteFields(entry, { path: own, fields, at });
    }
  }
}
