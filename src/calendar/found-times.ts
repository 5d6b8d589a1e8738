/**
 * What was found of late about cron expressions, which takes long to find: after a restart all jobs of one expression ask for the
 * same times. It is bounded, and begins anew where it is full.
 */
export class FoundTimes {
  /** By the expression, and then by the time that was asked about. */
  readonly #found = new Map<string, Map<number, number | undefined>>();
  #count = 0;

  get(expression: string, timeMs: number, find: () => number | undefined): number | undefined {
    const known = this.#found.get(expression);
    if (known?.has(timeMs)) return known.get(timeMs);
    const found = find();
    this.#keep(expression, timeMs, found);
    return found;
  }

  #keep(expression: string, timeMs: number, found: number | undefined): void {
    const isOneTooMany = this.#found.size >= mostExpressions && !this.#found.has(expression);
    if (this.#count >= mostTimes || isOneTooMany) {
      this.#found.clear();
      this.#count = 0;
    }
    const times = this.#found.get(expression) ?? new Map();
    this.#found.set(expression, times.set(timeMs, found));
    this.#count++;
  }
}

/** One job can ask for 1000 of them. Together some 10 MB. */
const mostTimes = 200_000;
const mostExpressions = 5000;
