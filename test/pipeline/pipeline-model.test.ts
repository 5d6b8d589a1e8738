/** Random chains of stages against what they do to an array, with errors and aborts at any point. */
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { PipelineError } from "../../src/pipeline/index.ts";
import { abortListeners } from "../channel/pending.ts";
import {
  ChainRun,
  expectedOf,
  type SourceKind,
  type Step,
  sourceKinds,
  step,
  type Trouble,
} from "./chain.ts";
import { upTo } from "./recording-source.ts";

const unhandled: unknown[] = [];
process.on("unhandledRejection", (reason) => unhandled.push(reason));

afterEach(() => {
  expect(unhandled).toEqual([]);
});

interface Play {
  readonly kind: SourceKind;
  readonly count: number;
  readonly steps: readonly Step[];
  readonly last: Step;
  readonly trouble: Trouble | undefined;
  readonly scheduler: fc.Scheduler;
}

const chains = {
  kind: fc.constantFrom(...sourceKinds),
  count: fc.integer({ min: 0, max: 40 }),
  steps: fc.array(step, { maxLength: 4 }),
  last: step,
  scheduler: fc.scheduler(),
};

const trouble: fc.Arbitrary<Trouble> = fc.record({
  what: fc.constantFrom("error", "rejection", "abort"),
  stage: fc.nat({ max: 4 }),
  call: fc.nat({ max: 30 }),
});

async function played({ kind, count, steps, last, trouble, scheduler }: Play) {
  const run = new ChainRun(scheduler, trouble);
  const items = upTo(count);
  const chain = run.connect(run.source(kind, items), steps);
  const ended = run.finish(chain, last, steps.length).then(
    (stats) => ({ stats, error: undefined }),
    (error: unknown) => ({ stats: undefined, error }),
  );
  const outcome = await scheduler.waitFor(ended);
  const ordered = steps.every((step) => step.kind === "batch" || step.concurrency === 1 || !step.unordered);
  return { run, outcome, expected: expectedOf(items, steps), ordered };
}

/** What holds however a run ends. */
async function checkEnd(run: ChainRun, { steps, last }: Play) {
  const { calls } = run;
  expect(run.active.filter((active) => active > 0)).toEqual([]);
  expect(run.finished).toBe(run.opened);
  expect(run.begunTooLate).toBe(0);
  expect(abortListeners(run.abort.signal)).toBe(0);
  [...steps, last].forEach(({ concurrency }, stage) => {
    expect(run.mostActive[stage] ?? 0).toBeLessThanOrEqual(concurrency);
  });
  await new Promise(setImmediate);
  expect(run.calls).toBe(calls);
}

const runs = 300;

describe("a chain of stages", () => {
  it("passes on what the same steps make of an array", async () => {
    const play = fc.record({ ...chains, trouble: fc.constant(undefined) });
    const property = fc.asyncProperty(play, async (play) => {
      const { run, outcome, expected, ordered } = await played(play);
      const { stages = [] } = outcome.stats ?? {};
      expect(outcome.error).toBeUndefined();
      const keepsOrder = ordered && (play.last.concurrency === 1 || play.last.later === 0);
      if (keepsOrder) expect(run.passed).toEqual(expected);
      else if (ordered) expect(run.passed).toHaveLength(expected.length);
      if (!play.steps.some(({ kind }) => kind !== "map"))
        expect(sorted(run.passed)).toEqual(sorted(expected));
      for (const [index, { received, done, depth }] of stages.entries()) {
        expect({ done, depth }).toEqual({ done: received, depth: 0 });
        if (index > 0) expect(received).toBe(stages[index - 1]?.emitted);
      }
      await checkEnd(run, play);
    });
    await fc.assert(property, { numRuns: runs });
  });

  it("ends where something goes wrong, says what, and lets nothing go on", async () => {
    const play = fc.record({ ...chains, trouble });
    let troubled = 0;
    const property = fc.asyncProperty(play, async (play) => {
      const { run, outcome, expected, ordered } = await played(play);
      if (!run.troubled) {
        // It had no such stage, or not so many calls.
        expect(outcome.error).toBeUndefined();
      } else if (play.trouble.what === "abort") {
        expect(outcome.error).toBe(run.error);
      } else {
        expect(outcome.error).toBeInstanceOf(PipelineError);
        expect(outcome.error).toMatchObject({ cause: run.error, stage: `stage ${play.trouble.stage}` });
      }
      if (run.troubled) troubled++;
      // Of a run that was cut short, what was passed on by then is what comes first.
      if (ordered && play.last.concurrency === 1) {
        expect(run.passed).toEqual(expected.slice(0, run.passed.length));
      }
      await checkEnd(run, play);
    });
    await fc.assert(property, { numRuns: runs * 2 });
    expect(troubled).toBeGreaterThan(runs / 4);
  });
});

function sorted(items: readonly unknown[]): string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}
