import { defineConfig } from "jobcontrol";
import { bank } from "./jobs/bank.ts";
import { replay } from "./jobs/replay.ts";

const journal = new URL("events.jsonl", import.meta.url);

export default defineConfig({
  types: {
    // A day of events, each to several handlers.
    bank: { run: bank({ journal }), stopGrace: "2s" },
    // What they add up to, from the journal alone.
    replay: { run: replay({ journal }), stopGrace: "2s" },
  },
});
