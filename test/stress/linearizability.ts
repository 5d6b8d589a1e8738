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
  /** True where its answer says that it has changed nothing, whenever that was. */
  changesNothing(operation: O): boolean;
  /** Equal for equal states. */
  keyOf(state: S): string;
}

/** An order in which the operations can have taken effect; undefined where there is none. */
export function linearize<O, S>(
  operations: readonly TimedOperation<O>[],
  specification: Specification<O, S>,
): readonly O[] | undefined {
  const sorted = operations.toSorted((a, b) => a.invokedAt - b.invokedAt);
  const order = new Search(sorted, specification).from(specification.initial);
  return order?.flatMap((index) => sorted[index]?.operation ?? []);
}

class Search<O, S> {
  readonly #operations: readonly TimedOperation<O>[];
  readonly #specification: Specification<O, S>;
  readonly #done: boolean[];
  /** By index. */
  readonly #order: number[] = [];
  readonly #deadEnds = new Set<string>();

  constructor(operations: readonly TimedOperation<O>[], specification: Specification<O, S>) {
    this.#operations = operations;
    this.#specification = specification;
    this.#done = operations.map(() => false);
  }

  from(state: S): readonly number[] | undefined {
    const limit = this.#firstAnswer();
    if (limit === Number.POSITIVE_INFINITY) return this.#order;
    const key = this.#specification.keyOf(state);
    const here = `${this.#done.map(Number).join("")} ${key}`;
    if (this.#deadEnds.has(here)) return undefined;
    const steps = this.#stepsFrom(state, limit);
    // What changed nothing can go first: if there is an order, there is one like that.
    const harmless = steps.find(({ operation }) => this.#specification.changesNothing(operation));
    for (const { index, next } of harmless === undefined ? steps : [harmless]) {
      // What was never answered and changes nothing need not have happened.
      if (!this.#isAnswered(index) && this.#keyOf(next) === key) continue;
      const order = this.#after(index, next);
      if (order !== undefined) return order;
    }
    this.#deadEnds.add(here);
    return undefined;
  }

  #after(index: number, state: S): readonly number[] | undefined {
    this.#done[index] = true;
    this.#order.push(index);
    const order = this.from(state);
    if (order !== undefined) return order;
    this.#order.pop();
    this.#done[index] = false;
    return undefined;
  }

  /** The operations that can have taken effect next, and the state after each. */
  #stepsFrom(
    state: S,
    limit: number,
  ): readonly { readonly index: number; readonly operation: O; readonly next: S }[] {
    return this.#operations.flatMap(({ operation, invokedAt }, index) => {
      if (invokedAt > limit || this.#done[index]) return [];
      const applied = this.#specification.apply(state, operation);
      return applied === undefined ? [] : [{ index, operation, next: applied.state }];
    });
  }

  #isAnswered(index: number): boolean {
    return this.#operations[index]?.answeredAt !== Number.POSITIVE_INFINITY;
  }

  #keyOf(state: S): string {
    return this.#specification.keyOf(state);
  }

  /** Whatever comes next was invoked before the first answer that is still to be explained. */
  #firstAnswer(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const [index, { answeredAt }] of this.#operations.entries())
      if (!this.#done[index] && answeredAt < first) first = answeredAt;
    return first;
  }
}
