import { defineConfig } from "../../src/index.ts";
import { limit } from "./limit.ts";

/** So many commands a second and no more; one lane refuses when it is full, another lets some wait first. */
export default defineConfig({
  listen: "127.0.0.1:0",
  store: "memory:",
  rate: { perSecond: limit, burst: limit },
  channel: { capacity: 100, fullMode: "drop-write", maxWaiters: 100, lanes: { low: { fullMode: "wait" } } },
  types: { report: { run: async () => undefined } },
});
