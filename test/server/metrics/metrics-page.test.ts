import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { catalogue } from "../../../src/server/metrics/catalogue.ts";
import { MetricsPage } from "../../../src/server/metrics/metrics-page.ts";
import { Counters } from "../../../src/telemetry/counters.ts";
import { TypeLabels } from "../../../src/telemetry/type-labels.ts";
import { Harness, type HarnessOptions } from "../../control/core-harness.ts";

let opened = new AsyncDisposableStack();

afterEach(async () => {
  await opened.disposeAsync();
  opened = new AsyncDisposableStack();
});

interface SetupOptions extends HarnessOptions {
  /** How many types go by their own names. */
  readonly mostTypes?: number;
}

async function setup({ mostTypes = 10, ...options }: SetupOptions = {}) {
  const { types = [{ name: "a" }, { name: "b" }] } = options;
  const labels = new TypeLabels(
    types.map(({ name = "" }) => name),
    { most: mostTypes },
  );
  const counters = new Counters({ types: labels });
  const harness = opened.use(await Harness.start({ ...options, types, meter: counters }));
  const page = new MetricsPage(() => ({ counters, stats: harness.admin.stats(), ready: true }));
  opened.use(page);
  /** The samples of the metrics whose names begin so. */
  const samples = async (name: string) =>
    (await page.text()).split("\n").filter((line) => line.startsWith(name));
  /** Those of them that have counted something. */
  const counted = async (name: string) => (await samples(name)).filter((line) => !line.endsWith(" 0"));
  return { harness, page, samples, counted };
}

describe("the metrics", () => {
  it("count each command once, by kind, lane and outcome; a replayed answer is none", async () => {
    const { harness, samples } = await setup();
    await harness.start("a", { requestId: "r" });
    await harness.start("a", { requestId: "r" });
    await harness.start("a");
    await harness.stop("a");
    expect(await samples("jobcontrol_commands_total")).toEqual([
      'jobcontrol_commands_total{kind="start",lane="normal",outcome="applied"} 1',
      'jobcontrol_commands_total{kind="start",lane="normal",outcome="no-change"} 1',
      'jobcontrol_commands_total{kind="stop",lane="high",outcome="applied"} 1',
    ]);
  });

  it("count commands that were refused or never applied too", async () => {
    const { harness, samples } = await setup({
      rate: { rate: 1, burst: 1 },
      lane: { fullMode: "drop-write", capacity: 1 },
    });
    const deadlineMs = harness.clock.now() + 1900;
    const late = expect(
      Promise.all([harness.start("a"), harness.start("b", {}, { deadlineMs }), harness.start("b")]),
    ).rejects.toMatchObject({ code: "CHANNEL_FULL" });
    await late;
    expect(
      await samples('jobcontrol_commands_total{kind="start",lane="normal",outcome="dropped"'),
    ).toHaveLength(1);
  });

  it("spread the waits of commands over ranges, for each lane", async () => {
    const { harness, samples } = await setup({ rate: { rate: 1, burst: 1 } });
    await harness.start("a");
    const second = harness.start("b");
    await harness.clock.advance(1000);
    await second;
    const waits = await samples('jobcontrol_command_token_wait_seconds_bucket{le="0.5",lane="normal"}');
    expect(waits).toEqual(['jobcontrol_command_token_wait_seconds_bucket{le="0.5",lane="normal"} 1']);
    expect(await samples('jobcontrol_command_token_wait_seconds_sum{lane="normal"}')).toEqual([
      'jobcontrol_command_token_wait_seconds_sum{lane="normal"} 1',
    ]);
    expect(await samples('jobcontrol_command_token_wait_seconds_count{lane="normal"}')).toEqual([
      'jobcontrol_command_token_wait_seconds_count{lane="normal"} 2',
    ]);
  });

  it("count runs by type and result, and how long they took", async () => {
    const { harness, samples, counted } = await setup();
    await harness.start("a");
    await harness.clock.advance(2000);
    harness.runner.of("a").succeed();
    await harness.start("b");
    harness.runner.of("b").fail();
    await harness.settle();
    expect(await counted("jobcontrol_runs_total")).toEqual([
      'jobcontrol_runs_total{type="a",result="succeeded"} 1',
      'jobcontrol_runs_total{type="b",result="failed"} 1',
    ]);
    expect(await samples('jobcontrol_run_duration_seconds_sum{type="a"}')).toEqual([
      'jobcontrol_run_duration_seconds_sum{type="a"} 2',
    ]);
  });

  it("leave out of the durations the runs that the circuit refused, whether they failed at once or were stopped while they waited", async () => {
    const breaker = { failures: 1, halfOpenAfterMs: 60_000 };
    const retry = { maxAttempts: 3, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
    const { harness, samples, counted } = await setup({
      types: [
        { name: "a", breaker },
        { name: "b", breaker, retry },
      ],
    });
    for (const jobId of ["a", "b"]) {
      await harness.start(jobId);
      await harness.clock.advance(2000);
      harness.runner.of(jobId).fail();
      await harness.settle();
      expect(await harness.start(jobId)).toMatchObject({ status: { reason: "CIRCUIT_OPEN" } });
    }
    await harness.clock.advance(5000);
    await harness.stop("b");
    expect(await counted("jobcontrol_runs_total")).toEqual([
      'jobcontrol_runs_total{type="a",result="failed"} 2',
      'jobcontrol_runs_total{type="b",result="failed"} 1',
      'jobcontrol_runs_total{type="b",result="stopped"} 1',
    ]);
    for (const type of ["a", "b"]) {
      const [count] = await samples(`jobcontrol_run_duration_seconds_count{type="${type}"}`);
      expect(count).toBe(`jobcontrol_run_duration_seconds_count{type="${type}"} 1`);
      const [sum] = await samples(`jobcontrol_run_duration_seconds_sum{type="${type}"}`);
      expect(sum).toBe(`jobcontrol_run_duration_seconds_sum{type="${type}"} 2`);
    }
  });

  it("count the attempts that began beyond the first of a run: none that the circuit refused, and no fallback", async () => {
    const retry = { maxAttempts: 3, initialMs: 1000, maxMs: 1000, multiplier: 1, jitter: 0 };
    const breaker = { failures: 3, halfOpenAfterMs: 60_000 };
    const { harness, samples, counted } = await setup({
      types: [
        { name: "a", retry, breaker },
        { name: "b", retry, hasFallback: true },
      ],
    });
    const retries = () => counted("jobcontrol_run_retries_total{");
    const failNow = async (jobId: string, retryable = true) => {
      harness.runner.of(jobId).fail("THREW", { retryable });
      await harness.settle();
    };
    await harness.start("a");
    await failNow("a");
    expect(await retries()).toEqual([]);
    // It waits, and has its slot.
    expect(await samples("jobcontrol_runs_active")).toEqual(["jobcontrol_runs_active 0"]);
    expect(await samples("jobcontrol_type_runs_active")).toContain('jobcontrol_type_runs_active{type="a"} 1');
    await harness.clock.advance(1000);
    expect(await retries()).toEqual(['jobcontrol_run_retries_total{type="a"} 1']);
    await harness.start("other", { jobType: "a" });
    await failNow("other");
    await failNow("a");
    await harness.clock.advance(1000);
    expect(await harness.status("other")).toMatchObject({
      reason: "CIRCUIT_OPEN",
      currentRun: { attempt: 2 },
    });
    await harness.stop("other");
    await harness.start("b");
    await failNow("b");
    await harness.clock.advance(1000);
    await failNow("b", false);
    harness.runner.of("b").succeed();
    await harness.settle();
    expect(await retries()).toEqual([
      'jobcontrol_run_retries_total{type="a"} 1',
      'jobcontrol_run_retries_total{type="b"} 1',
    ]);
  });

  it("show the lanes, the bucket, the runs and the watches as they are", async () => {
    const { harness, samples } = await setup({ rate: { rate: 1, burst: 2 } });
    await harness.start("a");
    const watch = opened.use(harness.watch());
    await watch.snapshot();
    const pending = harness.start("b");
    await harness.settle();
    expect(await samples("jobcontrol_lane_depth")).toContain('jobcontrol_lane_depth{lane="normal"} 1');
    expect(await samples("jobcontrol_tokens_available")).toEqual(["jobcontrol_tokens_available 0"]);
    expect(await samples("jobcontrol_token_burst")).toEqual(["jobcontrol_token_burst 2"]);
    expect(await samples("jobcontrol_runs_active")).toEqual(["jobcontrol_runs_active 1"]);
    expect(await samples("jobcontrol_watchers ")).toEqual(["jobcontrol_watchers 1"]);
    await harness.clock.advance(1000);
    await pending;
  });

  it("show the types: what runs, what waits, and the state of the circuit breaker", async () => {
    const types = [{ name: "a", concurrency: 1, breaker: { failures: 1, halfOpenAfterMs: 1000 } }];
    const { harness, samples } = await setup({ types });
    await harness.start("a");
    await harness.start("b", { jobType: "a" });
    expect(await samples("jobcontrol_type_")).toEqual([
      'jobcontrol_type_runs_active{type="a"} 1',
      'jobcontrol_type_jobs_pending{type="a"} 1',
    ]);
    await harness.stop("b");
    harness.runner.of("a").fail();
    await harness.settle();
    expect(await samples("jobcontrol_circuit_state")).toEqual([
      'jobcontrol_circuit_state{type="a",state="closed"} 0',
      'jobcontrol_circuit_state{type="a",state="open"} 1',
      'jobcontrol_circuit_state{type="a",state="half-open"} 0',
    ]);
  });

  it("have what can be told beforehand from the beginning, so that the first failure is seen to come", async () => {
    const { samples } = await setup({ types: [{ name: "a" }] });
    expect(await samples("jobcontrol_runs_total")).toEqual([
      'jobcontrol_runs_total{type="a",result="succeeded"} 0',
      'jobcontrol_runs_total{type="a",result="failed"} 0',
      'jobcontrol_runs_total{type="a",result="stopped"} 0',
      'jobcontrol_runs_total{type="a",result="lost"} 0',
    ]);
    expect(await samples("jobcontrol_run_retries_total")).toEqual([
      'jobcontrol_run_retries_total{type="a"} 0',
    ]);
    expect(await samples('jobcontrol_store_commits_total{result="failed"}')).toEqual([
      'jobcontrol_store_commits_total{result="failed"} 0',
    ]);
  });

  it("have one name for all types together beyond so many, and for those that are not declared any more", async () => {
    const breaker = { failures: 1, halfOpenAfterMs: 60_000 };
    const { harness, samples, counted, page } = await setup({
      mostTypes: 1,
      types: [
        { name: "a", breaker },
        { name: "b", breaker, concurrency: 1 },
        { name: "c", breaker },
      ],
    });
    for (const jobId of ["a", "b", "c"]) await harness.start(jobId);
    await harness.start("b2", { jobType: "b" });
    expect(await samples("jobcontrol_type_")).toEqual([
      'jobcontrol_type_runs_active{type="a"} 1',
      'jobcontrol_type_runs_active{type="_other"} 2',
      'jobcontrol_type_jobs_pending{type="a"} 0',
      'jobcontrol_type_jobs_pending{type="_other"} 1',
    ]);
    await harness.stop("b2");
    for (const jobId of ["a", "b"]) harness.runner.of(jobId).succeed();
    harness.runner.of("c").fail();
    await harness.settle();
    expect(await counted("jobcontrol_runs_total")).toEqual([
      'jobcontrol_runs_total{type="a",result="succeeded"} 1',
      'jobcontrol_runs_total{type="_other",result="succeeded"} 1',
      'jobcontrol_runs_total{type="_other",result="failed"} 1',
    ]);
    expect(await samples('jobcontrol_run_duration_seconds_count{type="_other"}')).toEqual([
      'jobcontrol_run_duration_seconds_count{type="_other"} 2',
    ]);
    expect(await samples('jobcontrol_circuit_state{type="_other"')).toEqual([
      'jobcontrol_circuit_state{type="_other",state="closed"} 1',
      'jobcontrol_circuit_state{type="_other",state="open"} 1',
      'jobcontrol_circuit_state{type="_other",state="half-open"} 0',
    ]);
    expect(await page.text()).not.toMatch(/type="[bc]"/);
  });

  it("are no more for ten thousand types than for five hundred and one", () => {
    const named = (count: number) => Array.from({ length: count }, (_, index) => `type-${index}`);
    expect(new TypeLabels(named(10_000)).all).toEqual([...named(500), "_other"]);
    expect(new TypeLabels(named(500)).all).toEqual(named(500));
  });

  it("show no bucket where the rate is unlimited", async () => {
    const { samples } = await setup();
    expect(await samples("jobcontrol_token")).toEqual([]);
  });

  it("have the process' own beside them: event loop, memory, collections", async () => {
    const { samples } = await setup();
    expect(await samples("nodejs_eventloop_lag_p99_seconds ")).toHaveLength(1);
    expect(await samples("process_resident_memory_bytes ")).toHaveLength(1);
  });

  it("have names that are unique, and in the documentation just as they are in the catalogue", () => {
    const names = catalogue.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    const documented = readFileSync("docs/metrics.md", "utf8").matchAll(
      /^\| `(jobcontrol_\w+)` +\| (\w+) +\| (.*?) *\| /gm,
    );
    expect(Array.from(documented, ([, name, type, labels]) => [name, type, labels])).toEqual(
      catalogue.map(({ name, type, labels }) => [
        name,
        type,
        labels.map((label) => `\`${label}\``).join(", "),
      ]),
    );
  });

  const promtool = spawnSync("promtool", ["--version"]).error === undefined;

  it.skipIf(!promtool)(
    "are as Prometheus wants them (promtool; skipped where it is not installed)",
    async () => {
      const { harness, page } = await setup();
      await harness.start("a");
      harness.runner.of("a").succeed();
      await harness.settle();
      const { status, stdout, stderr } = spawnSync("promtool", ["check", "metrics"], {
        input: await page.text(),
      });
      expect({ status, said: `${stdout}${stderr}` }).toEqual({ status: 0, said: "" });
    },
  );
});
