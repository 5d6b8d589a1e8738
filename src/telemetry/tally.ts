/** Counts by a combination of words, of which there are few: a combination that never came takes no room. */
export class Tally<Labels extends Readonly<Record<string, string>>> {
  readonly #first: Branch<Labels> = new Branch();
  readonly #counted: Counted<Labels>[] = [];

  /** The words always in the same order. */
  add(labels: Labels): void {
    this.#find(labels).value++;
  }

  /** Lets the combination be there with 0 before it first comes. */
  expect(labels: Labels): void {
    this.#find(labels);
  }

  samples(): readonly Readonly<Counted<Labels>>[] {
    return this.#counted;
  }

  #find(labels: Labels): Counted<Labels> {
    // Word by word: to make one key of them would cost several times as much as to count.
    let branch = this.#first;
    for (const name in labels) branch = branch.next(labels[name] ?? "");
    branch.counted ??= this.#begin(labels);
    return branch.counted;
  }

  #begin(labels: Labels): Counted<Labels> {
    const counted = { labels, value: 0 };
    this.#counted.push(counted);
    return counted;
  }
}

interface Counted<Labels> {
  readonly labels: Labels;
  value: number;
}

/** The combinations that begin with the same words. */
class Branch<Labels> {
  counted: Counted<Labels> | undefined;
  readonly #next = new Map<string, Branch<Labels>>();

  next(word: string): Branch<Labels> {
    const known = this.#next.get(word);
    if (known !== undefined) return known;
    const branch = new Branch<Labels>();
    this.#next.set(word, branch);
    return branch;
  }
}
