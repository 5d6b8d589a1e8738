import { describe, expect, it } from "vitest";
import { type Config, defineConfig } from "../../../src/server/configuration/define-config.ts";

describe("defineConfig()", () => {
  it("gives back what it gets, and knows the type of every key", () => {
    const config: Config = {
      listen: "127.0.0.1:0",
      store: "memory:",
      channel: {
        capacity: 5,
        fullMode: "wait",
        maxWaiters: 3,
        lanes: { critical: 2, low: { fullMode: "wait" } },
      },
      rate: { perSecond: 0.5, burst: 1 },
      watch: { ring: 1, maxWatchers: 1, bookmark: "1s" },
      drain: { timeout: "5s" },
      log: "json",
      types: {
        nothing: { run: async () => {} },
        greeting: { run: async (ctx) => `Hello ${ctx.jobId}`, schedule: { interval: "1s", overlap: "skip" } },
        program: {
          process: {
            command: ["env"],
            cwd: ".",
            env: { A: "1" },
            inputEnv: { WIDTH: "width" },
            progressFd: 3,
            stdin: "input",
          },
          template: true,
        },
        thread: { thread: "./job.ts" },
        threads: { thread: { module: "./job.ts", pool: 2, memory: "256MB" } },
        nightly: {
          run: async () => {},
          schedule: { cron: "0 2 * * *", timeZone: "Europe/Madrid", jitter: "1m", catchUp: "1h" },
          timeout: "5m",
          retry: { maxAttempts: 3, initialInterval: "1s", maxInterval: "1m", multiplier: 2, jitter: 0.2 },
          breaker: { failures: 5, halfOpenAfter: "30s" },
          fallback: { run: async (ctx) => ctx.failure?.reason },
        },
        guarded: { function: "./job.ts", breaker: {}, fallback: { type: "module" } },
        module: { function: "./job.ts", stopGrace: "1s", retention: "1h" },
      },
    };
    expect(defineConfig(config)).toBe(config);
  });

  it("does not accept what the loader refuses", () => {
    // @ts-expect-error: a key of no version yet
    expect(defineConfig({ metrics: {} })).toEqual({ metrics: {} });
    // @ts-expect-error: both, where it is one of them
    expect(defineConfig({ types: { a: { schedule: { interval: "1s", cron: "* * * * *" } } } })).toBeDefined();
    // @ts-expect-error: neither
    expect(defineConfig({ types: { a: { schedule: {} } } })).toBeDefined();
  });
});
