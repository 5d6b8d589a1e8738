import { errorOfAll, type Problem } from "./configuration-error.ts";
import { fieldOf } from "./field-path.ts";
import { FieldPositions, Lines, type ReadText } from "./positions.ts";

/**
 * Reads a JSON text in which no object has a key twice: `JSON.parse` takes the last of them and says nothing, and
 * does not always say where a text is wrong. Throws a `ConfigurationError` that does, without the name of a file.
 */
export function parseJson(text: string): ReadText {
  const reader = new JsonReader(text);
  reader.read();
  return { said: JSON.parse(text), positions: reader.positions };
}

type Path = readonly (string | number)[];

/** Follows the structure of a text and notes where its fields stand; what they say is left to `JSON.parse`. */
class JsonReader {
  readonly #text: string;
  readonly #lines: Lines;
  readonly #fields = new FieldPositions();
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#lines = new Lines(text);
  }

  get positions(): ReadText["positions"] {
    return this.#fields.positions;
  }

  read(): void {
    this.#skipSpace();
    this.#fields.note("", this.#lines.at(this.#at));
    this.#value([]);
    this.#skipSpace();
    if (this.#at < this.#text.length) throw this.#expected("the end");
    if (this.#fields.problems.length > 0) throw errorOfAll(this.#fields.problems);
  }

  /** `path`: undefined below a key that is there twice. */
  #value(path: Path | undefined, depth = 0): void {
    this.#skipSpace();
    if (depth > deepest) throw this.#expected(`at most ${deepest} levels`);
    const first = this.#text[this.#at];
    if (first === "{") this.#members("}", () => this.#member(path, depth));
    else if (first === "[") this.#members("]", (index) => this.#entry(path && [...path, index], depth));
    else if (first === '"') this.#string();
    else if (!this.#take(scalar)) throw this.#expected("a value");
  }

  /** From a bracket to the one that closes it. */
  #members(end: "}" | "]", one: (index: number) => void): void {
    this.#at++;
    this.#skipSpace();
    if (this.#take(end)) return;
    for (let index = 0; ; index++) {
      one(index);
      this.#skipSpace();
      if (this.#take(end)) return;
      const comma = this.#at;
      if (!this.#take(",")) throw this.#expected(`, or ${end}`);
      this.#skipSpace();
      if (this.#text[this.#at] !== end) continue;
      // The comma is what there is to mend.
      this.#at = comma;
      throw this.#expected(end);
    }
  }

  #member(path: Path | undefined, depth: number): void {
    this.#skipSpace();
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#expected("a key in double quotes");
    const key = this.#string();
    const own = path && [...path, JSON.parse(key)];
    const isFirst = own && this.#fields.note(fieldOf(own), this.#lines.at(start));
    this.#skipSpace();
    if (!this.#take(":")) throw this.#expected(":");
    this.#value(isFirst ? own : undefined, depth + 1);
  }

  #entry(path: Path | undefined, depth: number): void {
    this.#skipSpace();
    if (path !== undefined) this.#fields.note(fieldOf(path), this.#lines.at(this.#at));
    this.#value(path, depth + 1);
  }

  /** With its quotes. */
  #string(): string {
    const begun = this.#take(beginOfString) ?? "";
    if (!this.#take('"')) throw this.#expected("the rest of a string");
    return `${begun}"`;
  }

  #skipSpace(): void {
    this.#take(space);
  }

  /** What stands here, and goes past it; undefined, and stays, where something else does. */
  #take(pattern: RegExp | string): string | undefined {
    let taken: string | undefined;
    if (typeof pattern === "string") taken = this.#text.startsWith(pattern, this.#at) ? pattern : undefined;
    else {
      pattern.lastIndex = this.#at;
      taken = pattern.exec(this.#text)?.[0];
    }
    this.#at += taken?.length ?? 0;
    return taken;
  }

  #expected(what: string): Error {
    const at = this.#at;
    // No more of it, as it may be a secret.
    const character = this.#text.codePointAt(at);
    const found = character === undefined ? "the end" : JSON.stringify(String.fromCodePoint(character));
    const told = this.#take(comment) ? "a comment, which JSON has not" : found;
    const problem: Problem = { ...this.#lines.at(at), problem: `expected ${what}, found ${told}` };
    return errorOfAll([problem]);
  }
}

/** No configuration is so deep, and the stack has room for it. */
const deepest = 100;

const space = /[ \t\r\n]*/y;
const comment = /\/[/*]/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a JSON string has none
const beginOfString = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*/y;
const scalar = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;
