import { open } from "node:fs/promises";
import type { JobContext } from "jobcontrol";
import { pipeline, progressOf } from "jobcontrol/pipeline";
import { Balances, Bank, type BankEvent } from "./account.ts";
import { customers } from "./customers.ts";

/**
 * A day at the bank. Every event goes to four handlers, each with a channel of its own:
 * - `journal` may miss none and holds the others up if it must: what happened is what it has written;
 * - `balances` adds them up, at once;
 * - `alerts` tells of large withdrawals;
 * - `screen` shows what is going on, and is slow: it skips what is out of date.
 */
export function bank({ journal }: { readonly journal: URL }) {
  return async (ctx: JobContext) => {
    const { commands = 5000, seed = 1 } = ctx.input;
    if (typeof commands !== "number" || typeof seed !== "number")
      throw new TypeError("input.commands and input.seed are numbers");
    const decider = new Bank();
    const balances = new Balances();
    let alerts = 0;
    let shown = 0;

    function alert({ kind, account, amount, number }: BankEvent): void {
      if (kind !== "withdrawn" || amount < 690) return;
      alerts++;
      ctx.log(`event ${number}: ${amount} withdrawn from ${account}`);
    }

    async function show(_event: BankEvent): Promise<void> {
      await ctx.sleep(5);
      shown++;
    }

    const file = await open(journal, "w");
    try {
      const { stages } = await pipeline(customers({ seed, commands }))
        .map((command) => decider.decide(command), { name: "decide" })
        .fanOut(
          {
            journal: (event) => file.appendFile(`${JSON.stringify(event)}\n`),
            balances: (event) => balances.apply(event),
            alerts: { handle: alert, capacity: 100 },
            screen: { handle: show, capacity: 20, fullMode: "drop-oldest" },
          },
          {
            signal: ctx.signal,
            onProgress: (stats) => ctx.progress(progressOf(stats, { total: commands, unit: "commands" })),
          },
        );
      const skipped = stages.find(({ name }) => name === "screen")?.dropped ?? 0;
      return { events: balances.applied, balances: balances.toJSON(), alerts, shown, skipped };
    } finally {
      await file.close();
    }
  };
}
