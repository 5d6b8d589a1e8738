import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

const all = ["test/**/*.test.ts"];

/** These change what belongs to the process, for good: each file of them runs in one of its own. The others share a few. */
const alone = ["scripts", "telemetry"].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // More than there are cores: much of their time the slow ones wait for processes of their own.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      { extends: true, test: { name: "together", include: all, exclude: alone, isolate: false } },
      { extends: true, test: { name: "alone", include: alone } },
    ],
  },
});
