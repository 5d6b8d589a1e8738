/**
 * A queue that keeps items in order of arrival, in blocks of slots that are linked as they fill: the buffer of every
 * channel that is not prioritized. It grows with what it holds, whatever the capacity of the channel; nothing is ever
 * copied to grow, and a block goes once its items have gone. One is kept for the next time.
 * A block that an item was removed from is a slot shorter, so that a removal moves no more than the rest of its block.
 */
import { indexOfSame } from "./index-of-same.ts";

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
    } else if (this.#first === slots.length) {
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

  /** Takes out the oldest item that is the same as this one. */
  remove(item: T): boolean {
    let before: Block<T> | undefined;
    for (let block: Block<T> | undefined = this.#head; block !== undefined; block = block.next) {
      const index = indexOfSame(block.slots, item);
      if (index >= 0) {
        this.#removeAt(index, block, before);
        return true;
      }
      before = block;
    }
    return false;
  }

  #removeAt(index: number, block: Block<T>, before: Block<T> | undefined): void {
    if (block === this.#head && index === this.#first) {
      this.shift();
      return;
    }
    block.slots.splice(index, 1);
    this.#size--;
    if (block === this.#tail) this.#end--;
    const length = block === this.#tail ? this.#end : block.slots.length;
    if (length === 0 && before !== undefined) this.#unlink(block, before);
  }

  /** Lets go of a block that a removal has emptied. It is not the first: that one goes by `shift`. */
  #unlink(block: Block<T>, before: Block<T>): void {
    before.next = block.next;
    if (block !== this.#tail) return;
    this.#tail = before;
    this.#end = before.slots.length;
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
