/**
 * Those who wait on a channel for the same thing, in order of arrival. A waiter whose signal fires is rejected with the
 * signal's reason and leaves nothing behind: every way out of the list takes the abort listener off.
 * Waiters that share a signal share one listener, because adding the n-th listener to a signal takes n steps.
 */

/** What a list needs of its members. The links are the list's. */
export interface Linked<W> {
  readonly signal: AbortSignal | undefined;
  previous: W | undefined;
  next: W | undefined;
  /** Its signal has fired. */
  abort(): void;
}

export class WaiterList<W extends Linked<W>> {
  #first: W | undefined = undefined;
  #last: W | undefined = undefined;
  #bySignal: Map<AbortSignal, Set<W>> | undefined = undefined;

  /** The one who waits longest. */
  get first(): W | undefined {
    // A signal's listeners run in turn: one before ours may come here while our waiter is still in the list.
    while (this.#first?.signal?.aborted) this.#abort(this.#first);
    return this.#first;
  }

  /** The one who came last. */
  get last(): W | undefined {
    return this.#last;
  }

  push(waiter: W): void {
    waiter.previous = this.#last;
    if (this.#last === undefined) this.#first = waiter;
    else this.#last.next = waiter;
    this.#last = waiter;
    if (waiter.signal !== undefined) this.#listen(waiter.signal, waiter);
  }

  /** Takes the one who waits longest off the list; the caller settles its promise. */
  shift(): W | undefined {
    const waiter = this.first;
    if (waiter !== undefined) this.#remove(waiter);
    return waiter;
  }

  /** Called by a signal that this list listens to. */
  handleEvent(event: Event): void {
    const waiters = this.#bySignal?.get(event.target as AbortSignal) ?? [];
    for (const waiter of waiters) this.#abort(waiter);
  }

  #abort(waiter: W): void {
    this.#remove(waiter);
    waiter.abort();
  }

  #remove(waiter: W): void {
    const { previous, next, signal } = waiter;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    waiter.previous = undefined;
    waiter.next = undefined;
    if (signal !== undefined) this.#stopListening(signal, waiter);
  }

  #listen(signal: AbortSignal, waiter: W): void {
    this.#bySignal ??= new Map();
    const waiters = this.#bySignal.get(signal);
    if (waiters !== undefined) {
      waiters.add(waiter);
      return;
    }
    this.#bySignal.set(signal, new Set([waiter]));
    signal.addEventListener("abort", this);
  }

  #stopListening(signal: AbortSignal, waiter: W): void {
    const waiters = this.#bySignal?.get(signal);
    if (!waiters?.delete(waiter) || waiters.size > 0) return;
    this.#bySignal?.delete(signal);
    signal.removeEventListener("abort", this);
  }
}
