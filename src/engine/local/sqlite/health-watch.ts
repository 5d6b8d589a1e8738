import type { Clock, Timer } from "../../../async/clock.ts";
import type { StoreHealth, WriteResult } from "./store-requests.ts";

export interface HealthWatchOptions {
  readonly clock: Clock;
  /** Tries whether everything can be written. Never rejects. */
  readonly probe: () => Promise<Seen>;
  /** Called at every change, with the cause where there is one. */
  readonly onHealth: (health: StoreHealth, cause?: string) => void;
}

type Seen = Pick<WriteResult, "faults" | "health" | "isReserved">;

/** What is known of whether the store can be written. While it cannot, or lacks its reserve, tries again every second, whoever writes or not. */
export class HealthWatch {
  readonly #options: HealthWatchOptions;
  #health: StoreHealth = "writable";
  #timer: Timer | undefined;
  #ended = false;

  constructor(options: HealthWatchOptions) {
    this.#options = options;
  }

  get health(): StoreHealth {
    return this.#health;
  }

  /** The first look, once the store is in use. */
  begin(): void {
    this.#probeLater();
  }

  /** Takes in what a write has shown. */
  saw({ faults, health, isReserved }: Seen): void {
    if (health !== this.#health) {
      this.#health = health;
      this.#options.onHealth(health, faults.find((fault) => fault !== undefined)?.cause);
    }
    if ((health !== "writable" || !isReserved) && this.#timer === undefined) this.#probeLater();
  }

  end(): void {
    this.#ended = true;
    this.#timer?.cancel();
  }

  #probeLater(): void {
    if (this.#ended) return;
    this.#timer = this.#options.clock.setTimer(probeMs, () => void this.#probe());
  }

  async #probe(): Promise<void> {
    const result = await this.#options.probe();
    this.#timer = undefined;
    this.saw(result);
  }
}

const probeMs = 1000;
