import { inspect } from "node:util";
import { plainText } from "./plain-text.ts";

/** What a job threw, as one sentence for a person. It never throws itself, whatever the value does. */
export function thrownText(thrown: unknown): string {
  try {
    return plainText(describe(thrown), longestMessage);
  } catch {
    // A message or a `toString` of the job's own that throws.
    return "A value that cannot be described";
  }
}

/** Failures are kept with the job; this is enough for a message and keeps out whole documents. */
const longestMessage = 1024;

function describe(thrown: unknown): string {
  if (typeof thrown === "string") return thrown;
  if (!(thrown instanceof Error)) return `Not an Error: ${inspect(thrown, { depth: 1 })}`;
  const { name, message } = thrown;
  if (message === "") return `${name}`;
  return name === "Error" ? `${message}` : `${name}: ${message}`;
}
