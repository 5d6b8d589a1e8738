/** A wish to stop, in shared memory: a thread that never lets its event loop turn can see it too. */
export class StopFlag {
  static readonly bytes = 4;
  readonly #flag: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#flag = new Int32Array(memory);
  }

  get isSet(): boolean {
    return Atomics.load(this.#flag, 0) === 1;
  }

  set(): void {
    Atomics.store(this.#flag, 0, 1);
  }
}
