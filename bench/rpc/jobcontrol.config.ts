import { defineConfig } from "../../src/index.ts";

/** One job, and no limit: what is measured is the way of a call. */
export default defineConfig({
  listen: "127.0.0.1:0",
  rate: "unlimited",
  store: "memory:",
  types: { report: { run: async () => undefined } },
});
