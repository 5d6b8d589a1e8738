import type { Heard, Order, Read } from "./evidence.ts";

/** Where all callers write down what they are told, with moments that only count. */
export class Notebook {
  readonly heard: Heard[] = [];
  readonly reads: Read[] = [];
  /** The newest revision that anybody was told of. */
  revision = 0;
  #moment = 0;
  #answers = 0;
  readonly #waiting: { readonly answers: number; readonly resolve: () => void }[] = [];

  moment(): number {
    return ++this.#moment;
  }

  /** How many answers there were. */
  get answers(): number {
    return this.#answers;
  }

  hear(heard: Omit<Heard, "heardAt">): void {
    const { told } = heard;
    this.heard.push({ ...heard, heardAt: this.moment() });
    this.#answered(told.kind === "answered" ? told.status?.revision : undefined);
  }

  read(read: Omit<Read, "heardAt">): void {
    this.reads.push({ ...read, heardAt: this.moment() });
    this.#answered(read.status?.revision);
  }

  /** There was nothing to be asked again: that counts as an answer. */
  askNothing(): void {
    this.#answered(undefined);
  }

  /** Resolves with the answer that makes it so many. */
  async reached(answers: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    if (this.#answers >= answers) return;
    this.#waiting.push({ answers, resolve });
    await promise;
  }

  /** One of the requests whose answer is given again, as it was sent. */
  repeatable(at: number): Repeatable | undefined {
    const kept = this.heard.filter(isKept);
    return kept[at % Math.max(1, kept.length)];
  }

  #answered(revision: bigint | undefined): void {
    this.revision = Math.max(this.revision, Number(revision ?? 0n));
    this.#answers++;
    for (const { answers, resolve } of this.#waiting) if (answers <= this.#answers) resolve();
  }
}

export interface Repeatable {
  readonly requestId: string;
  readonly order: Order;
  /** When it was sent for the first time. */
  readonly sentAt: number;
}

/**
 * A Start that a Stop overtakes frees its request id: sent again, it would be a new one. That may come after it was
 * accepted, and then the answer already tells of it where it comes so soon.
 */
function isKept({ order, told }: Heard): boolean {
  if (told.kind === "refused") return told.reason !== "COMMAND_SUPERSEDED";
  return order.kind !== "start" || !(told.outcome === "accepted" || told.outcome === "superseded");
}
