import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parseSync } from "vite";

/** What one file of compiled declarations (`.d.ts`) declares, takes from others, and gives on. */
export class DeclarationFile {
  readonly #path: string;
  readonly #text: string;
  readonly #comments: readonly Span[];
  readonly #declared = new Map<string, Node[]>();
  /** By the name that it has here. */
  readonly #imported = new Map<string, Elsewhere>();
  /** By the name that it has outside. */
  readonly #exported = new Map<string, Elsewhere>();
  readonly #wholes: string[] = [];

  constructor(path: string) {
    this.#path = path;
    this.#text = readFileSync(path, "utf8");
    const { program, comments, errors } = parseSync(path, this.#text, { lang: "dts" });
    if (errors.length > 0) throw new SyntaxError(`${path}: ${errors[0]?.message}`);
    this.#comments = comments;
    for (const statement of program.body as unknown as Node[]) this.#take(statement);
  }

  /** The names that the file gives to others, in the order of the alphabet. */
  exportedNames(open: Open): string[] {
    const others = this.#wholes.flatMap((source) => open(this.#resolve(source))?.exportedNames(open) ?? []);
    return [...new Set([...this.#exported.keys(), ...others])].sort();
  }

  /** Where what the file calls `name` is declared; undefined for what is of another package or of the language. */
  find(name: string, open: Open): Declared | undefined {
    if (this.#declared.has(name)) return { file: this, name };
    const elsewhere = this.#imported.get(name);
    return elsewhere && this.#follow(elsewhere, open);
  }

  /** Where what the file gives to others as `name` is declared. */
  findExported(name: string, open: Open): Declared | undefined {
    const exported = this.#exported.get(name);
    if (exported !== undefined) {
      return exported.source === undefined ? this.find(exported.name, open) : this.#follow(exported, open);
    }
    for (const source of this.#wholes) {
      const found = open(this.#resolve(source))?.findExported(name, open);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** The declarations of a name as they stand, without comments and private members. */
  textsOf(name: string): string[] {
    return this.#nodesOf(name).map((node) => this.#textOf(node));
  }

  /** Where each of the types is declared that a declaration names. */
  referencesOf(name: string, open: Open): Declared[] {
    return this.#nodesOf(name).flatMap((node) =>
      [...namesIn(node)].flatMap((each) => this.find(each, open) ?? []),
    );
  }

  #nodesOf(name: string): readonly Node[] {
    return this.#declared.get(name) ?? [];
  }

  #take(statement: Node): void {
    switch (statement.type) {
      case "ImportDeclaration":
        for (const { local, imported } of nodesOf(statement.specifiers))
          if (imported !== undefined) this.#imported.set(nameOf(local), elsewhere(statement, imported));
        return;
      case "ExportAllDeclaration":
        this.#wholes.push(sourceOf(statement) ?? "");
        return;
      case "ExportNamedDeclaration":
        for (const { local, exported } of nodesOf(statement.specifiers))
          this.#exported.set(nameOf(exported), elsewhere(statement, local));
        if (isNode(statement.declaration)) this.#declare(statement.declaration, statement, true);
        return;
      default:
        this.#declare(statement, statement, false);
    }
  }

  #declare(declaration: Node, statement: Node, isExported: boolean): void {
    const named =
      declaration.type === "VariableDeclaration" ? nodesOf(declaration.declarations) : [declaration];
    for (const { id } of named) {
      if (!isNode(id)) continue;
      const name = nameOf(id);
      this.#declared.set(name, [...this.#nodesOf(name), statement]);
      if (isExported) this.#exported.set(name, { name });
    }
  }

  #follow({ source = "", name }: Elsewhere, open: Open): Declared | undefined {
    return open(this.#resolve(source))?.findExported(name, open);
  }

  /** The path of the declarations of a relative module; undefined for those of a package. */
  #resolve(source: string): string | undefined {
    if (!source.startsWith(".")) return undefined;
    return resolve(dirname(this.#path), source.replace(/\.[jt]s$/, ".d.ts"));
  }

  #textOf({ start, end }: Span): string {
    let text = "";
    let at = start;
    for (const comment of this.#comments) {
      if (comment.start < start || comment.end > end) continue;
      text += this.#text.slice(at, comment.start);
      at = comment.end;
    }
    text += this.#text.slice(at, end);
    return text
      .replaceAll(/^ +(#private|private .*);$/gm, "")
      .replaceAll(/[ \t]+$/gm, "")
      .replaceAll(/\n{2,}/g, "\n")
      .replace(/^export (declare )?/, "");
  }
}

export interface Declared {
  readonly file: DeclarationFile;
  readonly name: string;
}

/** Opens the declarations at a path; undefined for what is not looked into. */
export type Open = (path: string | undefined) => DeclarationFile | undefined;

interface Elsewhere {
  /** Unset: in the same file. */
  readonly source?: string | undefined;
  readonly name: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Node extends Span {
  readonly type: string;
  readonly id?: unknown;
  readonly name?: unknown;
  readonly value?: unknown;
  readonly declaration?: unknown;
  readonly declarations?: unknown;
  readonly specifiers?: unknown;
  readonly local?: unknown;
  readonly imported?: unknown;
  readonly exported?: unknown;
  readonly source?: unknown;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value;
}

function nodesOf(value: unknown): Node[] {
  return Array.isArray(value) ? value.filter(isNode) : [];
}

function nameOf(node: unknown): string {
  return isNode(node) ? String(node.name ?? node.value) : "";
}

function elsewhere(statement: Node, name: unknown): Elsewhere {
  return { source: sourceOf(statement), name: nameOf(name) };
}

function sourceOf({ source }: Node): string | undefined {
  return isNode(source) ? String(source.value) : undefined;
}

/** Every name below a node. One that is no type's, such as that of a member, stands for nothing or does no harm. */
function* namesIn(value: unknown, key = ""): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* namesIn(each, key);
  else if (isNode(value)) {
    if (value.type === "Identifier" && !namesOfMembers.has(key)) yield nameOf(value);
    for (const [inside, child] of Object.entries(value)) yield* namesIn(child, inside);
  }
}

const namesOfMembers = new Set(["key", "id", "label", "property"]);
