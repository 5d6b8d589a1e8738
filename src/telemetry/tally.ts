/** Counts by a combination of words, of which there are few: a combination that never came takes no room. */
export class Tally<Labels extends Readonly<Record<string, string>>> {
  readonly #counts = new Map<string, { readonly labels: Labels; value: number }>();

  add(labels: Labels): void {
    const key = Object.values(labels).join("\n");
    const counted = this.#counts.get(key);
    if (counted === undefined) this.#counts.set(key, { labels, value: 1 });
    else counted.value++;
  }

  samples(): readonly { readonly labels: Labels; readonly value: number }[] {
    return [...this.#counts.values()];
  }
}
