/**
 * A map for what comes and goes. V8's `Map` is made anew within itself where as many leave as come, and each old table
 * points on to the next: once one of them is old, all that was in the later ones lives on until a full collection. Here
 * another map takes the place of one that much has left, and nothing leads from one to the other.
 */
export class PassingMap<K, V> {
  #map = new Map<K, V>();
  #left = 0;

  get size(): number {
    return this.#map.size;
  }

  get(key: K): V | undefined {
    return this.#map.get(key);
  }

  has(key: K): boolean {
    return this.#map.has(key);
  }

  set(key: K, value: V): void {
    this.#map.set(key, value);
  }

  /** True where it was there. */
  delete(key: K): boolean {
    if (!this.#map.delete(key)) return false;
    if (++this.#left >= fewestLeft && this.#left >= this.#map.size) {
      this.#map = new Map(this.#map);
      this.#left = 0;
    }
    return true;
  }

  clear(): void {
    this.#map = new Map();
    this.#left = 0;
  }

  /** In the order in which they came, as all of these. What comes or goes meanwhile may be seen, or not. */
  entries(): MapIterator<[K, V]> {
    return this.#map.entries();
  }

  keys(): MapIterator<K> {
    return this.#map.keys();
  }

  values(): MapIterator<V> {
    return this.#map.values();
  }
}

const fewestLeft = 64;
