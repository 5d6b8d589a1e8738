import type { Clock } from "../async/clock.ts";
import { TokenBucket } from "./token-bucket.ts";
import type { AdjustableTokens, TokenLimits } from "./token-source.ts";

/** No limit, every token is there at once; until an operator sets one. */
export class OpenTokens implements AdjustableTokens {
  readonly #clock: Clock;
  #bucket: TokenBucket | undefined;

  constructor({ clock }: { readonly clock: Clock }) {
    this.#clock = clock;
  }

  get limits(): TokenLimits | undefined {
    return this.#bucket?.limits;
  }

  take(): number {
    return this.#bucket?.take() ?? 0;
  }

  giveBack(): void {
    this.#bucket?.giveBack();
  }

  waitFor(count: number): number {
    return this.#bucket?.waitFor(count) ?? 0;
  }

  /** A limit begins with a full bucket; its burst is the rate, rounded up, where it is not said. */
  update(limits: { rate?: number; burst?: number }): void {
    const { rate, burst } = limits;
    if (this.#bucket !== undefined) {
      this.#bucket.update(limits);
    } else if (rate !== undefined) {
      this.#bucket = new TokenBucket({ rate, burst: burst ?? Math.ceil(rate), clock: this.#clock });
    } else if (burst !== undefined) {
      throw new RangeError(`Cannot set a burst where there is no rate: ${burst}`);
    }
  }
}
