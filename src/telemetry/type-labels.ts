/**
 * How the job types are called in the metrics: by their names, as far as there are not too many. Each name is a score of series, which
 * a scrape has to write and Prometheus to keep; so beyond the first `most` types that are declared all go by one name, which no
 * type can have, and so do those that are not declared any more.
 */
export class TypeLabels {
  /** Every name that there is, in the order in which the types are declared. */
  readonly all: readonly string[];
  readonly #own: ReadonlySet<string>;

  constructor(declared: readonly string[], { most = mostTypes }: { readonly most?: number } = {}) {
    this.#own = new Set(declared.slice(0, most));
    this.all = declared.length > most ? [...this.#own, otherTypes] : [...this.#own];
  }

  of(type: string): string {
    return this.#own.has(type) ? type : otherTypes;
  }
}

/** Types whose series a scrape writes in some 20 ms. */
const mostTypes = 500;
const otherTypes = "_other";
