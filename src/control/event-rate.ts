import type { Clock } from "../async/clock.ts";

/**
 * How often something happens, over the last five seconds. They are counted in slots of a tenth of a second, so
 * it costs the same however much happens, and nothing while nothing does.
 */
export class EventRate {
  readonly #clock: Clock;
  readonly #startedAtMs: number;
  /** A ring: the count of slot s is at s modulo its length. */
  readonly #counts = new Float64Array(slots);
  #slot = 0;
  #total = 0;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
    this.#startedAtMs = clock.monotonic();
  }

  /** Events a second. In the first second of its life: as if that were over. */
  get perSecond(): number {
    this.#moveOn();
    const ageMs = this.#clock.monotonic() - this.#startedAtMs;
    const oldestSlotMs = Math.max(0, (this.#slot - slots + 1) * slotMs);
    return (this.#total * 1000) / Math.max(1000, ageMs - oldestSlotMs);
  }

  add(count: number): void {
    this.#moveOn();
    const at = this.#slot % slots;
    this.#counts[at] = (this.#counts[at] ?? 0) + count;
    this.#total += count;
  }

  /** Goes to the slot of the present moment, and forgets those that lie too far behind. */
  #moveOn(): void {
    const slot = Math.floor((this.#clock.monotonic() - this.#startedAtMs) / slotMs);
    for (let next = Math.max(this.#slot + 1, slot - slots + 1); next <= slot; next++) {
      this.#total -= this.#counts[next % slots] ?? 0;
      this.#counts[next % slots] = 0;
    }
    this.#slot = slot;
  }
}

const slotMs = 100;
const slots = 50;
