import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { patience } from "./test/patience.ts";

/** These change what belongs to the process, for good: each file of them has one of its own. The others share a few. */
const alone = testsIn("scripts", "telemetry");

/** None of these takes long: hardly any starts a process, and none a browser. */
const short = testsIn(
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
);

function testsIn(...folders: readonly string[]): string[] {
  return folders.map((folder) => `test/${folder}/**/*.test.ts`);
}

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: patience },
    pool: "forks",
    // More than there are cores: much of their time the slow ones wait for processes of their own.
    maxWorkers: Math.ceil(availableParallelism() * 1.5),
    // They begin in the order of their names, so that in the end short ones fill what the long ones leave.
    projects: [
      { extends: true, test: { name: "alone", include: alone } },
      {
        extends: true,
        test: { name: "long", include: ["test/**/*.test.ts"], exclude: [...alone, ...short], isolate: false },
      },
      { extends: true, test: { name: "short", include: short, isolate: false } },
    ],
  },
});
