/**
 * A queue that keeps items in order of arrival, in blocks of slots that are linked as they fill: the buffer of every
 * channel that is not prioritized. It grows with what it holds, whatever the capacity of the channel; nothing is ever
 * copied to grow, and a block goes once its items have gone. One is kept for the next time.
 */

const blockLength = 1024;
const firstLength = 16;

interface Block<T> {
  readonly slots: (T | undefined)[];
  next: Block<T> | undefined;
}

export class Deque<T> {
  #head = createBlock<T>(firstLength);
  #tail = this.#head;
  #spare: Block<T> | undefined = undefined;
  /** Where the oldest item is, in the head block. */
  #first = 0;
  /** Where the next item goes, in the tail block. Just before it is the newest, if there is any. */
  #end = 0;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(item: T): void {
    if (this.#end === blockLength) this.#addBlock();
    this.#tail.slots[this.#end++] = item;
    this.#size++;
  }

  /** Takes the oldest item. */
  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const { slots } = this.#head;
    const item = slots[this.#first];
    slots[this.#first++] = undefined;
    if (--this.#size === 0) {
      this.#first = 0;
      this.#end = 0;
    } else if (this.#first === blockLength) {
      this.#dropBlock();
    }
    return item;
  }

  /** The oldest item, which stays. */
  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#head.slots[this.#first];
  }

  /** Puts an item at the end and takes the oldest. An empty deque gives the item back. */
  replaceOldest(item: T): T {
    const oldest = this.shift();
    if (oldest === undefined) return item;
    this.push(item);
    return oldest;
  }

  /** Puts an item in the place of the newest, which it takes. An empty deque gives the item back. */
  replaceNewest(item: T): T {
    const newest = this.#size === 0 ? undefined : this.#tail.slots[this.#end - 1];
    if (newest === undefined) return item;
    this.#tail.slots[this.#end - 1] = item;
    return newest;
  }

  /** Takes out the oldest item identical to this one. */
  remove(item: T): boolean {
    const position = this.#positionOf(item);
    if (position === undefined) return false;
    // Those before it move up by one slot, which leaves the first slot empty.
    let moved: T | undefined;
    this.#walk((slots, index, at) => {
      [slots[index], moved] = [moved, slots[index]];
      return at === position;
    });
    this.shift();
    return true;
  }

  #positionOf(item: T): number | undefined {
    let position: number | undefined;
    this.#walk((slots, index, at) => {
      if (Object.is(slots[index], item)) position = at;
      return position !== undefined;
    });
    return position;
  }

  /** Visits slot after slot, from the oldest item on, until the visitor returns true. */
  #walk(visit: (slots: (T | undefined)[], index: number, position: number) => boolean): void {
    let block: Block<T> | undefined = this.#head;
    let index = this.#first;
    for (let position = 0; block !== undefined && position < this.#size; position++) {
      if (visit(block.slots, index, position)) return;
      index++;
      if (index < blockLength) continue;
      block = block.next;
      index = 0;
    }
  }

  #addBlock(): void {
    const block = this.#spare ?? createBlock(blockLength);
    this.#spare = undefined;
    this.#tail.next = block;
    this.#tail = block;
    this.#end = 0;
  }

  #dropBlock(): void {
    const { next } = this.#head;
    if (next === undefined) return;
    this.#head.next = undefined;
    this.#spare = this.#head;
    this.#head = next;
    this.#first = 0;
  }
}

function createBlock<T>(length: number): Block<T> {
  // Filled, so that the engine takes it for a list of anything at once and never has to convert it.
  return { slots: new Array<T | undefined>(length).fill(undefined), next: undefined };
}
