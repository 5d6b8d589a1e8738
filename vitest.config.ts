import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // One for each core: much of their time the slow ones wait for processes of their own.
    maxWorkers: "100%",
  },
});
