import { didYouMean } from "./expectation.ts";

/** The names of one configuration that others in it can refer to, and which of them was most likely meant by one that is none. */
export class KnownNames {
  readonly #names: ReadonlySet<string>;
  #comparisons = 0;

  constructor(names: readonly string[]) {
    this.#names = new Set(names);
  }

  has(name: string): boolean {
    return this.#names.has(name);
  }

  /**
   * The end of a sentence about a name that is not known; empty where none is near. In a file of thousands of names, where most
   * references are wrong, the last of them get no suggestion: each is compared with all, and telling would take minutes.
   */
  didYouMean(name: string): string {
    if (this.#comparisons >= mostComparisons) return "";
    this.#comparisons += this.#names.size;
    return didYouMean(name, [...this.#names]);
  }
}

/** About a second. */
const mostComparisons = 1_000_000;
