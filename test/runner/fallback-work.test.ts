import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/async/clock.ts";
import type { JsonObject } from "../../src/job/json.ts";
import type { RunResult } from "../../src/job/run-result.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import type { Runner, RunRequest } from "../../src/runner/runner.ts";
import type { Work } from "../../src/runner/work.ts";
import { nodeWork } from "./node-work.ts";
import { Recording } from "./recording.ts";
import { threadRun, threadWork } from "./thread-work.ts";

const failure = { reason: "THREW", message: "boom", retryable: true, attempt: 2, timeMs: 7 };
const own: Work = { kind: "function", run: () => ({ by: "its own work" }) };

function runnerOf(fallback: Work, work: Work = own): Runner {
  const [works, fallbacks] = [work, fallback].map((each) => new Map([["work", each]]));
  return createRunner({ works: works ?? new Map(), fallbacks: fallbacks ?? new Map(), clock: systemClock });
}

function outcome(runner: Runner, over: Partial<RunRequest> = {}, input: JsonObject = {}): Promise<RunResult> {
  const recording = new Recording();
  const request = { jobId: "job", jobType: "work", runId: "run", attempt: 2, input, ...over };
  runner.start(request, recording);
  return recording.end;
}

describe("a Runner of a type that has a fallback", () => {
  const works: [kind: string, work: Work][] = [
    ["function", { kind: "function", run: ({ failure }) => ({ failure: { ...failure } }) }],
    ["thread", threadRun("return { failure: { ...ctx.failure } }")],
  ];

  it.each(works)(
    "has it done by a %s where the work itself has failed, and says why",
    async (_kind, fallback) => {
      await using runner = runnerOf(fallback);
      expect(await outcome(runner)).toMatchObject({ result: { by: "its own work" } });
      expect(await outcome(runner, { failure })).toMatchObject({
        kind: "succeeded",
        result: { failure: { reason: "THREW", message: "boom", attempt: 2 } },
      });
    },
  );

  it("has it done by a process, which is given the input", async () => {
    await using runner = runnerOf(nodeWork("process.stdin.pipe(process.stdout)", { stdin: "input" }));
    expect(await outcome(runner, { failure }, { n: 1 })).toMatchObject({ result: { n: 1 } });
  });

  it("keeps the threads of both apart", async () => {
    const module = (name: string) =>
      `import { threadId } from "node:worker_threads"; export const run = () => ({ name: "${name}", threadId })`;
    await using runner = runnerOf(threadWork(module("fallback")), threadWork(module("own")));
    const [first, second, again] = [
      await outcome(runner),
      await outcome(runner, { failure }),
      await outcome(runner),
    ];
    expect(first).toMatchObject({ result: { name: "own" } });
    expect(second).toMatchObject({ result: { name: "fallback" } });
    expect(again).toEqual(first);
  });
});
