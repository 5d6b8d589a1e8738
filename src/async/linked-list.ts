/** One place in a list, for as long as it is not removed. */
export interface Place<T> {
  readonly item: T;
}

interface Link<T> extends Place<T> {
  isIn: boolean;
  previous: Link<T> | undefined;
  next: Link<T> | undefined;
}

/**
 * Things in the order in which they came, any of which can leave at any time. A `Set` does the same, but where as many leave as
 * come it is made anew again and again, and V8 has each old table point on to the next: once one of them is old, all that
 * was in one of the later tables lives on until a full collection. What has left this list is nowhere in it.
 */
export class LinkedList<T> {
  #first: Link<T> | undefined;
  #last: Link<T> | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get first(): Place<T> | undefined {
    return this.#first;
  }

  /** Adds it as the last, and gives its place, by which it is taken out again. */
  push(item: T): Place<T> {
    const link: Link<T> = { item, isIn: true, previous: this.#last, next: undefined };
    if (this.#last === undefined) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
    this.#size++;
    return link;
  }

  /** Takes out what `push` of this list has put in. Harmless once it is out. */
  remove(place: Place<T>): void {
    const link = place as Link<T>;
    if (!link.isIn) return;
    const { previous, next } = link;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    // What is out must not lead back in: it may be old, and would keep what comes later.
    link.isIn = false;
    link.previous = undefined;
    link.next = undefined;
    this.#size--;
  }

  /** First one first. What is given last may be removed meanwhile. */
  *[Symbol.iterator](): Iterator<T> {
    for (let link = this.#first; link !== undefined; ) {
      const { item, next } = link;
      yield item;
      link = next;
    }
  }
}
