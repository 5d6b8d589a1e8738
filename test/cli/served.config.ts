import { defineConfig } from "../../src/index.ts";

/** What the tests of `jobctl` serve. */
export default defineConfig({
  store: "memory:",
  types: {
    sum: {
      run: ({ input: { numbers } }) => {
        if (!Array.isArray(numbers)) throw new TypeError("input.numbers is not an array");
        return { sum: numbers.length };
      },
    },
    guarded: {
      run: () => {
        throw new Error("no answer");
      },
      breaker: { failures: 1, halfOpenAfter: "1h" },
      fallback: { run: ({ failure }) => `Kept for later after ${failure?.reason}` },
    },
    patient: {
      run: () => {
        throw new Error("no answer");
      },
      breaker: { failures: 1, halfOpenAfter: "1h" },
      retry: { maxAttempts: 3, jitter: 0 },
    },
    forever: { run: ({ sleep }) => sleep(1_000_000) },
    deaf: { run: () => new Promise(() => {}), stopGrace: "1h" },
    address: {
      run: () => {
        const { JOBCONTROL_LISTEN } = process.env;
        return JOBCONTROL_LISTEN;
      },
    },
    hostile: { run: () => "\u001b[31mred\u202e\u0007" },
    talks: {
      run: async ({ log, input: { forever }, sleep }) => {
        log("one\n\ttwo\u001b[31m red\u202e");
        if (forever) await sleep(1_000_000);
      },
    },
    counts: {
      run: async ({ progress, input: { total = 40 }, sleep }) => {
        for (let current = 1; current <= Number(total); current++) {
          progress({ current, total: Number(total), unit: "steps" });
          await sleep(50);
        }
      },
    },
    hourly: { run: () => "Done", schedule: { interval: "1h" } },
    pipes: { process: { command: ["seq", "11000"] } },
    stray: {
      run: () => {
        setTimeout(() => {
          throw new Error("from a timer of its own");
        }, 0);
      },
    },
  },
});
