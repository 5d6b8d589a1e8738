import type { JsonObject } from "@bufbuild/protobuf";

/**
 * Reads what somebody typed as the input of a job, and says what is wrong with it and where. Browsers' own words for
 * that differ, and some do not tell where; that a key is there twice, or a number is too long to be kept exactly, none
 * of them minds.
 */
export type JsonInput =
  | { readonly isRight: true; readonly value: JsonObject }
  | ({ readonly isRight: false; readonly problem: string } & Place);

export interface Place {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export function readInput(text: string): JsonInput {
  if (text.trim() === "") return { isRight: true, value: {} };
  const reader = new JsonReader(text);
  try {
    reader.readObject();
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return { isRight: false, problem: error.message, ...placeOf(text, error.at) };
  }
  return { isRight: true, value: JSON.parse(text) as JsonObject };
}

function placeOf(text: string, at: number): Place {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

class JsonFault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Walks over the text as JSON has it; throws a `JsonFault` at the first place that is not. It makes no values. */
class JsonReader {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readObject(): void {
    this.#space();
    if (this.#next() !== "{") this.#fail("The input is an object: it begins with {");
    this.#value();
    this.#space();
    if (this.#at < this.#text.length) this.#fail("Nothing may follow the object");
  }

  #value(): void {
    this.#space();
    const next = this.#next();
    if (next === "{") this.#nested(() => this.#members());
    else if (next === "[") this.#nested(() => this.#elements());
    else if (next === '"') this.#string();
    else if (!this.#word() && !this.#number()) this.#fail(strange(next));
  }

  #nested(read: () => void): void {
    if (++this.#depth > mostDepth) this.#fail(`It is nested more than ${mostDepth} deep`);
    this.#at++;
    read();
    this.#at++;
    this.#depth--;
  }

  #members(): void {
    const keys = new Set<string>();
    this.#list("}", () => {
      const at = this.#at;
      if (this.#next() !== '"') this.#fail("A name in double quotes is expected");
      const key = this.#string();
      if (keys.has(key)) this.#fail(`There are two of ${JSON.stringify(key)}`, at);
      keys.add(key);
      this.#space();
      if (this.#next() !== ":") this.#fail("A colon is expected after the name");
      this.#at++;
      this.#value();
    });
  }

  #elements(): void {
    this.#list("]", () => this.#value());
  }

  /** Up to the bracket that closes it. */
  #list(close: "}" | "]", read: () => void): void {
    this.#space();
    if (this.#next() === close) return;
    for (;;) {
      read();
      this.#space();
      if (this.#next() === close) return;
      if (this.#next() !== ",") this.#fail(`A comma or ${close} is expected`);
      const comma = this.#at++;
      this.#space();
      if (this.#next() === close) this.#fail(`There is a comma too many before ${close}`, comma);
    }
  }

  #string(): string {
    const start = this.#at;
    for (this.#at++; this.#next() !== '"'; this.#at++) {
      if (this.#next() === "" || this.#next() === "\n")
        this.#fail("The text is not closed by a quote", start);
      if (this.#next() < " ") this.#fail("A control character must be written as \\u and its number");
      if (this.#next() === "\\") this.#escape();
    }
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #escape(): void {
    const found = /^\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/.exec(this.#text.slice(this.#at, this.#at + 6));
    if (found === null) this.#fail('After a backslash comes one of " \\ / b f n r t, or u and four digits');
    else this.#at += found[0].length - 1;
  }

  #word(): boolean {
    const [word] = /^(?:true|false|null)\b/.exec(this.#text.slice(this.#at, this.#at + 6)) ?? [];
    this.#at += word?.length ?? 0;
    return word !== undefined;
  }

  #number(): boolean {
    const [digits] = /^-?[\d.eE+-]*/.exec(this.#text.slice(this.#at)) ?? [""];
    if (digits === "") return false;
    if (!/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(digits))
      this.#fail("That is not a number of JSON");
    const number = Number(digits);
    const isExact = !/^-?\d+$/.test(digits) || Number.isSafeInteger(number);
    if (!Number.isFinite(number) || !isExact)
      this.#fail("The number is too large to be kept exactly: write it as a text");
    this.#at += digits.length;
    return true;
  }

  #space(): void {
    while (/[ \t\r\n]/.test(this.#next())) this.#at++;
  }

  /** Empty at the end. */
  #next(): string {
    return this.#text.charAt(this.#at);
  }

  #fail(problem: string, at = this.#at): never {
    throw new JsonFault(problem, at);
  }
}

function strange(next: string): string {
  if (next === "") return "It ends too early: a value is expected";
  return next === "'" ? "Texts stand in double quotes" : "A value is expected";
}

const mostDepth = 100;
