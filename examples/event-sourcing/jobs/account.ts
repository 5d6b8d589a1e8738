/** The bank's words: what is asked for, what has happened, and how one follows from the other. */
export type Command =
  | { readonly kind: "deposit"; readonly account: string; readonly amount: number }
  | { readonly kind: "withdraw"; readonly account: string; readonly amount: number };

export type BankEvent = {
  /** From 1, without a gap. */
  readonly number: number;
  readonly kind: "deposited" | "withdrawn" | "refused";
  readonly account: string;
  readonly amount: number;
};

/** The balance of each account: nothing but what the events say. */
export class Balances {
  readonly #byAccount = new Map<string, number>();
  applied = 0;

  apply({ kind, account, amount }: BankEvent): void {
    this.applied++;
    const change = { deposited: amount, withdrawn: -amount, refused: 0 }[kind];
    this.#byAccount.set(account, this.of(account) + change);
  }

  of(account: string): number {
    return this.#byAccount.get(account) ?? 0;
  }

  toJSON(): Record<string, number> {
    return Object.fromEntries([...this.#byAccount].sort(([a], [b]) => (a < b ? -1 : 1)));
  }
}

/** The side that decides: it knows of each account what its own events have made of it, and lets none be overdrawn. */
export class Bank {
  readonly #balances = new Balances();

  decide({ kind, account, amount }: Command): BankEvent {
    const covered = kind === "deposit" || amount <= this.#balances.of(account);
    const happened = kind === "deposit" ? "deposited" : covered ? "withdrawn" : "refused";
    const event: BankEvent = { number: this.#balances.applied + 1, kind: happened, account, amount };
    this.#balances.apply(event);
    return event;
  }
}
