import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type YAMLMap } from "yaml";
import { fieldOf } from "./field-path.ts";
import { FieldPositions, type Position } from "./positions.ts";

type Path = readonly (string | number)[];

/**
 * Finds where the fields of a YAML document stand: each field by its key, each entry of a list by itself. What is behind an
 * alias is where the alias is, what `<<` takes over where its `<<` is. It goes through the document once, in its order: an alias
 * means the last anchor of its name above it.
 */
export class YamlFields {
  readonly found = new FieldPositions();
  readonly #at: (offset: number) => Position;
  readonly #anchors = new Map<string, Node>();
  /** Of each object that was gone through the names that it has, also those that it took over. */
  readonly #names = new Map<unknown, ReadonlySet<string>>();
  #merged = 0;

  constructor(root: unknown, at: (offset: number) => Position) {
    this.#at = at;
    if (isNode(root)) this.found.note("", this.#positionOf(root));
    this.#note(root, []);
  }

  #note(node: unknown, path: Path): void {
    if (isAlias(node) && !this.#anchors.has(node.source))
      this.#tell(this.#positionOf(node), `no such anchor above: ${node.source}`);
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) this.#anchors.set(node.anchor, node);
    if (isMap(node)) this.#noteMap(node, path);
    if (isSeq(node)) {
      for (const [index, entry] of node.items.entries()) {
        const own = [...path, index];
        if (isNode(entry)) this.found.note(fieldOf(own), this.#positionOf(entry));
        this.#note(entry, own);
      }
    }
  }

  #noteMap(map: YAMLMap, path: Path): void {
    const names = new Set<string>();
    const merges: Merge[] = [];
    for (const { key, value } of map.items) {
      const position = this.#positionOf(isNode(key) ? key : map);
      if (!isScalar(key)) {
        this.#tell(position, "expected a name as the key");
        continue;
      }
      const name = isMergeKey(key) ? "<<" : String(key.value ?? "");
      const own = [...path, name];
      if (!this.found.note(fieldOf(own), position)) continue;
      this.#note(value, own);
      if (isMergeKey(key)) merges.push({ field: fieldOf(own), position, sources: this.#sourcesOf(value) });
      else names.add(name);
    }
    for (const merge of merges) this.#noteMerged(merge, path, names);
    this.#names.set(map, names);
  }

  /** After the fields that are there, which count before those that are taken over. */
  #noteMerged({ field, position, sources }: Merge, path: Path, names: Set<string>): void {
    for (const source of sources) {
      const taken = this.#names.get(source);
      this.#merged += taken?.size ?? 0;
      if (taken === undefined || this.#merged > mostMerged) {
        const notThere = isMap(source) ? itself : noObject;
        this.#tell(position, taken === undefined ? notThere : tooMany, field);
        return;
      }
      for (const name of taken) {
        if (!names.has(name)) this.found.positions.set(fieldOf([...path, name]), position);
        names.add(name);
      }
    }
  }

  /** What an alias stands for is known only where it is. An anchor that is missing was told there. */
  #sourcesOf(value: unknown): readonly unknown[] {
    const source = this.#behind(value);
    const sources = isSeq(source) ? source.items.map((item) => this.#behind(item)) : [source];
    return sources.filter((each) => each !== undefined);
  }

  #behind(value: unknown): unknown {
    return isAlias(value) ? this.#anchors.get(value.source) : value;
  }

  #tell(position: Position, problem: string, field?: string): void {
    this.found.problems.push({ ...(field !== undefined && { field }), ...position, problem });
  }

  #positionOf({ range }: Node): Position {
    return this.#at(range?.[0] ?? 0);
  }
}

interface Merge {
  readonly field: string;
  readonly position: Position;
  readonly sources: readonly unknown[];
}

/** In quotes it is a name like any other. */
function isMergeKey({ value }: { readonly value: unknown }): boolean {
  return typeof value === "symbol";
}

/** A small text can mean a great many of them. */
const mostMerged = 100_000;
const tooMany = `expected at most ${mostMerged} fields that << takes over, found more`;
const itself = "expected another object than the one that it is in";
const noObject = "expected an object to take fields from, or a list of such";
