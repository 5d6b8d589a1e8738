/**
 * The buffer of a prioritized channel: a binary heap whose items leave in the order of `compare`, equal ones in order
 * of arrival. Arrival numbers stand in an array beside the items, so that no item needs a wrapper.
 * Where an item belongs is found before anything moves: a `compare` that throws leaves the heap as it was.
 */
import { indexOfSame } from "./index-of-same.ts";

export class PriorityHeap<T> {
  readonly #compare: (a: T, b: T) => number;
  readonly #items: T[] = [];
  readonly #arrivals: number[] = [];
  #arrived = 0;

  constructor(compare: (a: T, b: T) => number) {
    this.#compare = compare;
  }

  get size(): number {
    return this.#items.length;
  }

  push(item: T): void {
    const arrival = this.#arrived++;
    const place = this.#placeAbove(this.#items.length, item, arrival);
    this.#items.push(item);
    this.#arrivals.push(arrival);
    this.#lower(place, this.#items.length - 1, item, arrival);
  }

  /** Takes the first item. */
  shift(): T | undefined {
    const first = this.#items[0];
    if (first !== undefined) this.#removeAt(0);
    return first;
  }

  /** The first item, which stays. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Takes out one item that is the same as this one, wherever it stands. */
  remove(item: T): boolean {
    const index = indexOfSame(this.#items, item);
    if (index < 0) return false;
    this.#removeAt(index);
    return true;
  }

  /** Fills the hole with the last item, which may belong above it or below it. */
  #removeAt(hole: number): void {
    const end = this.#items.length - 1;
    const item = this.#items[end] as T;
    const arrival = this.#arrivals[end] as number;
    const above = hole === end ? hole : this.#placeAbove(hole, item, arrival);
    const below = above < hole ? hole : this.#placeBelow(hole, end, item, arrival);
    this.#items.pop();
    this.#arrivals.pop();
    if (hole === end) return;
    if (above < hole) this.#lower(above, hole, item, arrival);
    else this.#raise(hole, below, item, arrival);
  }

  #placeAbove(from: number, item: T, arrival: number): number {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(item, arrival, parent)) break;
      place = parent;
    }
    return place;
  }

  #placeBelow(from: number, end: number, item: T, arrival: number): number {
    let place = from;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= end) return place;
      const sibling = child + 1;
      if (
        sibling < end &&
        this.#before(this.#items[sibling] as T, this.#arrivals[sibling] as number, child)
      ) {
        child = sibling;
      }
      if (this.#before(item, arrival, child)) return place;
      place = child;
    }
  }

  #before(item: T, arrival: number, index: number): boolean {
    const order = this.#compare(item, this.#items[index] as T);
    return order < 0 || (!(order > 0) && arrival < (this.#arrivals[index] as number));
  }

  /** Puts the item at `top`; each item on the way from there to `bottom` moves down one step. */
  #lower(top: number, bottom: number, item: T, arrival: number): void {
    let index = bottom;
    while (index > top) {
      const parent = (index - 1) >> 1;
      this.#put(index, this.#items[parent] as T, this.#arrivals[parent] as number);
      index = parent;
    }
    this.#put(top, item, arrival);
  }

  /** Puts the item at `bottom`; each item on the way from there to `top` moves up one step. */
  #raise(top: number, bottom: number, item: T, arrival: number): void {
    let index = bottom;
    let [carried, carriedArrival] = [item, arrival];
    for (;;) {
      const [next, nextArrival] = [this.#items[index] as T, this.#arrivals[index] as number];
      this.#put(index, carried, carriedArrival);
      if (index === top) return;
      [carried, carriedArrival] = [next, nextArrival];
      index = (index - 1) >> 1;
    }
  }

  #put(index: number, item: T, arrival: number): void {
    this.#items[index] = item;
    this.#arrivals[index] = arrival;
  }
}
