/**
 * Whether answers that were given to calls at the same time are those that some order would have given, one call
 * after the other: Wing and Gong's search, with Lowe's memory of the dead ends. An operation takes effect at one
 * moment between its invocation and its answer; one that was never answered may take effect at any later moment, or
 * never.
 */
export interface TimedOperation<O> {
  readonly operation: O;
  readonly invokedAt: number;
  /** Infinite: it was never answered. */
  readonly answeredAt: number;
}

export interface Specification<O, S> {
  readonly initial: S;
  /** The state after the operation; undefined where its answer cannot be, in this state. */
  apply(state: S, operation: O): { readonly state: S } | undefined;
  /** Equal for equal states. */
  keyOf(state: S): string;
}

/** An order in which the operations can have taken effect; undefined where there is none. */
export function linearize<O, S>(
  operations: readonly TimedOperation<O>[],
  specification: Specification<O, S>,
): readonly O[] | undefined {
  const sorted = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  return new Search(sorted, specification).from(specification.initial);
}

class Search<O, S> {
  readonly #operations: readonly TimedOperation<O>[];
  readonly #specification: Specification<O, S>;
  readonly #done: boolean[];
  readonly #order: O[] = [];
  readonly #deadEnds = new Set<string>();

  constructor(operations: readonly TimedOperation<O>[], specification: Specification<O, S>) {
    this.#operations = operations;
    this.#specification = specification;
    this.#done = operations.map(() => false);
  }

  from(state: S): readonly O[] | undefined {
    const limit = this.#firstAnswer();
    if (limit === Number.POSITIVE_INFINITY) return this.#order;
    const here = `${this.#done.map(Number).join("")} ${this.#specification.keyOf(state)}`;
    if (this.#deadEnds.has(here)) return undefined;
    for (const [index, { operation, invokedAt }] of this.#operations.entries()) {
      if (invokedAt > limit) break;
      if (this.#done[index]) continue;
      const next = this.#specification.apply(state, operation);
      if (next === undefined) continue;
      this.#done[index] = true;
      this.#order.push(operation);
      const order = this.from(next.state);
      if (order !== undefined) return order;
      this.#order.pop();
      this.#done[index] = false;
    }
    this.#deadEnds.add(here);
    return undefined;
  }

  /** Whatever comes next was invoked before the first answer that is still to be explained. */
  #firstAnswer(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [index, { answeredAt }] of this.#operations.entries())
      if (!this.#done[index] && answeredAt < first) first = answeredAt;
    return first;
  }
}
