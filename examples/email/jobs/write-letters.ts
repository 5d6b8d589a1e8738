import type { JobContext } from "jobcontrol";
import { type Draft, Outbox } from "./outbox.ts";

/**
 * Puts letters into the outbox: one to each of `input.to`, with `input.subject` and `input.text`. Without `to` they go to
 * `input.count` customers, of whom some have moved away, and some have a mailbox that is busy at first.
 */
export function writeLetters({ outbox: file }: { readonly outbox: URL }) {
  return ({ input }: JobContext) => {
    const { count = 100, to = customers(count), subject = "Your invoice", text = "Thank you!" } = input;
    if (!Array.isArray(to)) throw new TypeError("input.to is not a list");
    const drafts = to.map(
      (recipient): Draft => ({
        to: addressOf(recipient),
        subject: textOf("subject", subject),
        text: textOf("text", text),
      }),
    );
    using outbox = new Outbox(file);
    outbox.add(drafts);
    return { written: drafts.length };
  };
}

function customers(count: unknown): string[] {
  if (typeof count !== "number" || !(count >= 1 && count <= 100_000))
    throw new RangeError("input.count is no number from 1 to 100000");
  return Array.from({ length: count }, (_, n) => {
    if (n % 25 === 7) return `moved-${n}@example.org`;
    return n % 10 === 3 ? `busy-${n}@example.org` : `customer-${n}@example.org`;
  });
}

/** One address, and nothing that a mail server could take for more. */
function addressOf(value: unknown): string {
  if (typeof value === "string" && /^[^\s@<>,;:"]+@[^\s@<>,;:"]+$/.test(value)) return value;
  throw new TypeError(`Not an address: ${value}`);
}

function textOf(field: string, value: unknown): string {
  if (typeof value === "string") return value;
  throw new TypeError(`input.${field} is not a string`);
}
