import { open } from "node:fs/promises";
import type { JobContext } from "jobcontrol";
import { pipeline, progressOf } from "jobcontrol/pipeline";
import { Balances, type BankEvent } from "./account.ts";

/** The balances again, from nothing but the journal. Fails where an event is missing. */
export function replay({ journal }: { readonly journal: URL }) {
  return async (ctx: JobContext) => {
    const balances = new Balances();

    function parse(line: string): BankEvent {
      return JSON.parse(line) as BankEvent;
    }

    function apply(event: BankEvent): void {
      if (event.number !== balances.applied + 1)
        throw new RangeError(`Event ${balances.applied + 1} is missing`);
      balances.apply(event);
    }

    await pipeline(linesOf(journal))
      .map(parse)
      .forEach(apply, {
        signal: ctx.signal,
        onProgress: (stats) => ctx.progress(progressOf(stats, { unit: "events" })),
      });
    return { events: balances.applied, balances: balances.toJSON() };
  };
}

async function* linesOf(path: URL): AsyncGenerator<string> {
  const file = await open(path);
  try {
    yield* file.readLines();
  } finally {
    await file.close();
  }
}
