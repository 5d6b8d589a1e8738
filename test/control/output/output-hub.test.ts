import { describe, expect, it } from "vitest";
import { OutputHub, type OutputHubOptions } from "../../../src/control/output/output-hub.ts";
import type { RunOutput } from "../../../src/control/output/run-output.ts";
import { FakeClock } from "../../../src/testing/fake-clock.ts";
import { numbered, written } from "../written.ts";

function createHub(options: Omit<OutputHubOptions, "clock"> = {}): OutputHub {
  return new OutputHub({ clock: new FakeClock(), ...options });
}

/** The texts that are kept, and how many were dropped before them. */
function kept(output: RunOutput | undefined): string {
  const batch = output?.read(0);
  return `${batch?.dropped ?? 0} ${batch?.lines.map(({ text }) => text).join("") ?? ""}`;
}

describe("OutputHub", () => {
  it("stamps lines with the time at which it takes them in", async () => {
    const clock = new FakeClock();
    const hub = new OutputHub({ clock });
    const output = hub.begin("job", "run");
    await clock.advance(5);
    hub.write(output, "log", written("a"));
    expect(output.read(0)?.lines).toEqual([{ timeMs: clock.now(), source: "log", text: "a", runId: "run" }]);
  });

  it("goes on with a run that it knows: another attempt of it", () => {
    const hub = createHub();
    hub.write(hub.begin("job", "run"), "log", written("a"));
    hub.write(hub.begin("job", "run"), "log", written("b"));
    expect(kept(hub.find("job", "run"))).toBe("0 ab");
  });

  it("keeps the last runs of a job, and tells readers of one that had to go", () => {
    const hub = createHub({ maxRuns: 2 });
    const first = hub.begin("job", "1");
    hub.write(first, "log", written("a", "b"));
    for (const runId of ["2", "3"]) hub.write(hub.begin("job", runId), "log", written(runId));
    hub.begin("other", "4");
    expect(hub.find("job", "1")).toBeUndefined();
    expect(kept(first)).toBe("2 ");
    expect([kept(hub.find("job", "2")), kept(hub.find("job", "3"))]).toEqual(["0 2", "0 3"]);
    expect(hub.bytes).toBe((hub.find("job", "2")?.bytes ?? 0) + (hub.find("job", "3")?.bytes ?? 0));
  });

  it("drops all that is kept of a job that is forgotten, and nothing else", () => {
    const hub = createHub();
    const outputs = ["1", "2"].map((runId) => hub.begin("job", runId));
    for (const output of outputs) hub.write(output, "log", written("a"));
    hub.write(hub.begin("other", "3"), "log", written("b"));
    hub.forget("job");
    hub.forget("nobody");
    expect(outputs.map(kept)).toEqual(["1 ", "1 "]);
    expect(hub.find("job", "1")).toBeUndefined();
    expect(kept(hub.find("other", "3"))).toBe("0 b");
  });

  it("takes the lines of the run that was silent for longest where all of them are too much", () => {
    const hub = createHub({ maxTotalBytes: 1000 });
    const [quiet, busy, late] = ["1", "2", "3"].map((runId) => hub.begin(runId, runId));
    if (quiet === undefined || busy === undefined || late === undefined) return expect.unreachable();
    hub.write(busy, "log", numbered(0, 1));
    hub.write(quiet, "log", numbered(0, 2));
    hub.write(busy, "log", numbered(1, 1));
    hub.write(late, "log", numbered(0, 1));
    expect([quiet, busy, late].map(kept)).toEqual(["2 ", "0 01", "0 0"]);
    hub.write(quiet, "log", numbered(2, 1));
    expect([quiet, busy, late].map(kept)).toEqual(["2 2", "2 ", "0 0"]);
    expect(hub.bytes).toBe(quiet.bytes + late.bytes);
  });

  it("stays within its memory under a flood of many jobs", () => {
    const hub = createHub({ maxTotalBytes: 100_000, maxBytes: 20_000 });
    const text = "x".repeat(200);
    for (let round = 0; round < 2000; round++) {
      hub.write(hub.begin(`job-${round % 37}`, `run-${round % 111}`), "stdout", written(text, text));
      expect(hub.bytes).toBeLessThanOrEqual(100_000);
    }
    expect(hub.bytes).toBeGreaterThan(50_000);
  });
});
