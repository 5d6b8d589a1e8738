import { once } from "node:events";
import { systemClock } from "../../src/async/clock.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { JobContext, RunLogLine } from "../../src/runner/job-context.ts";
import type { Work } from "../../src/runner/work.ts";
import { nodeWork } from "./node-work.ts";
import { describeRunner } from "./runner-contract.ts";
import { threadRun } from "./thread-work.ts";
import { Witness } from "./witness.ts";

describeRunner("function", async () => {
  const readiness = new Map<string, PromiseWithResolvers<void>>();
  const readinessOf = ({ runId }: { readonly runId: string }) => {
    const ready = readiness.get(runId) ?? Promise.withResolvers<void>();
    readiness.set(runId, ready);
    return ready;
  };
  const functions: Record<string, (ctx: JobContext) => unknown> = {
    succeeds: () => "done",
    fails: () => {
      throw new Error("broken");
    },
    echoes: (ctx) => ctx.input,
    writes: (ctx) => ctx.log("one\n  two"),
    heeds: async (ctx) => {
      const { signal } = ctx;
      readinessOf(ctx).resolve();
      await once(signal, "abort");
    },
    deaf: (ctx) => {
      void ctx.signal;
      readinessOf(ctx).resolve();
      return new Promise(() => {});
    },
  };
  const works = new Map<string, Work>();
  for (const [type, run] of Object.entries(functions)) works.set(type, { kind: "function", run });
  const runner = createRunner({ works, clock: systemClock });
  return {
    runner,
    ready: (asked) => readinessOf(asked).promise,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
});

describeRunner("thread", async () => {
  const readiness = new Map<string, PromiseWithResolvers<void>>();
  const readinessOf = ({ runId }: { readonly runId: string }) => {
    const ready = readiness.get(runId) ?? Promise.withResolvers<void>();
    readiness.set(runId, ready);
    return ready;
  };
  const bodies: Record<string, string> = {
    succeeds: "return 'done'",
    fails: "throw new Error('broken')",
    echoes: "return ctx.input",
    writes: String.raw`ctx.log("one\n  two")`,
    // It listens before it says that it is ready: a stop may come at once.
    heeds: "const stop = new Promise((end) => ctx.signal.onabort = end); ctx.log('ready'); await stop",
    deaf: "void ctx.signal; ctx.log('ready'); await new Promise(() => {})",
  };
  const works = new Map<string, Work>();
  for (const [type, body] of Object.entries(bodies)) works.set(type, threadRun(body));
  const log = { write: (line: RunLogLine) => readinessOf(line).resolve() };
  const runner = createRunner({ works, clock: systemClock, log });
  return {
    runner,
    ready: (asked) => readinessOf(asked).promise,
    [Symbol.asyncDispose]: () => runner[Symbol.asyncDispose](),
  };
});

describeRunner("process", async () => {
  const witness = await Witness.open();
  const arrive = `arrive(JSON.parse(require("node:fs").readFileSync(0)).runId);`;
  const scripts: Record<string, string> = {
    succeeds: "",
    fails: "process.exit(3)",
    echoes: "process.stdin.pipe(process.stdout)",
    writes: "process.stdout.write('one\\n  two')",
    heeds: `process.on("SIGTERM", () => process.exit(0)); ${arrive}`,
    deaf: `process.on("SIGTERM", () => {}); ${arrive}`,
  };
  const works = new Map<string, Work>();
  for (const [type, script] of Object.entries(scripts)) {
    works.set(type, nodeWork(script, { env: { WITNESS: witness.path }, stdin: "input" }));
  }
  const runner = createRunner({ works, clock: systemClock });
  return {
    runner,
    ready: (asked) => witness.arrival(asked.runId),
    async [Symbol.asyncDispose]() {
      await runner[Symbol.asyncDispose]();
      await witness[Symbol.asyncDispose]();
    },
  };
});
