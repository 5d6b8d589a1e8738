import { defineConfig } from "../../src/index.ts";

export default defineConfig({
  listen: "127.0.0.1:0",
  store: "memory:",
  types: {
    greet: { run: ({ jobId }) => `Hello ${jobId}` },
    thread: { thread: "./tracing-thread.ts" },
  },
});
