import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

/** What is tested in here runs in one process after another, file by file: nothing of it leaves anything behind. */
const inProcess = [
  "async",
  "calendar",
  "channel",
  "client",
  "control",
  "engine",
  "job",
  "limiter",
  "pipeline",
  "rpc",
  "server/configuration",
  "server/grpc",
  "server/web",
].map((folder) => `test/${folder}/**/*.test.ts`);

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "forks",
    // More than there are cores: much of their time the slow ones wait for processes of their own.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    projects: [
      { extends: true, test: { name: "in process", include: inProcess, isolate: false } },
      { extends: true, test: { name: "by itself", include: ["test/**/*.test.ts"], exclude: inProcess } },
    ],
  },
});
