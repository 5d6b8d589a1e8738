import { describe, expect, it } from "vitest";
import type { Runner, RunRequest } from "../../src/runner/runner.ts";
import { Recording, settle } from "./recording.ts";

/**
 * What a kind of work brings to be held against the contract of `Runner`. The runner knows these job types:
 * `succeeds` and `fails` end by themselves, `echoes` succeeds with its input as its result, `writes` writes the
 * lines "one" and "  two", `heeds` goes on until it is stopped, and `deaf` goes on whatever it is asked.
 */
export interface RunnerSubject extends AsyncDisposable {
  readonly runner: Runner;
  /** Resolves when the work of this run can hear a stop. For `heeds` and `deaf`. */
  ready(request: RunRequest): Promise<void>;
}

export function describeRunner(kind: string, setup: () => Promise<RunnerSubject>): void {
  describe(`Runner of ${kind} work`, () => {
    it("tells nothing during start()", async () => {
      await using subject = await setup();
      for (const jobType of ["succeeds", "fails", "writes", "nowhere"]) {
        const recording = new Recording();
        subject.runner.start(request(jobType), recording);
        expect(recording.events).toEqual([]);
        expect(recording.lines).toEqual([]);
        await recording.end;
      }
    });

    it("tells one end of work that succeeds, and then nothing", async () => {
      await using subject = await setup();
      const recording = new Recording();
      subject.runner.start(request("succeeds"), recording);
      expect(await recording.end).toMatchObject({ kind: "succeeded" });
      await settle();
      expect(recording.kinds).toEqual(["ended"]);
    });

    it("tells the failure of work that fails", async () => {
      await using subject = await setup();
      const recording = new Recording();
      subject.runner.start(request("fails"), recording);
      const result = await recording.end;
      expect(result).toMatchObject({ kind: "failed", reason: expect.stringMatching(/^[A-Z_]+$/) });
      expect(result.message).not.toBe("");
    });

    it("gives the work its input, and tells its result", async () => {
      await using subject = await setup();
      for (const input of [{}, { size: 3, names: ["é", null], deep: { yes: true } }]) {
        const recording = new Recording();
        subject.runner.start({ ...request("echoes"), input }, recording);
        const result = await recording.end;
        // Compared whole: an empty object would match any.
        expect(result.kind === "succeeded" && result.result).toEqual(input);
      }
    });

    it("tells what the work writes, all of it before its end", async () => {
      await using subject = await setup();
      const recording = new Recording();
      subject.runner.start(request("writes"), recording);
      await recording.end;
      expect(recording.lines.map((line) => line.replace(/^\w+: /, ""))).toEqual(["one", "  two"]);
      await settle();
      expect(recording.lines).toHaveLength(2);
    });

    it("fails a run of a type without work", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const run = subject.runner.start(request("nowhere"), recording);
      run.stop();
      run.kill();
      expect(await recording.end).toMatchObject({ kind: "failed", reason: "JOB_TYPE_NOT_FOUND" });
      expect(recording.kinds).toEqual(["ended"]);
    });

    it("stops work that heeds it: acknowledged, then ended", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const asked = request("heeds");
      const run = subject.runner.start(asked, recording);
      await subject.ready(asked);
      expect(recording.kinds).toEqual([]);
      run.stop();
      expect(recording.kinds).toEqual([]);
      await recording.end;
      expect(recording.kinds).toEqual(["acknowledged", "ended"]);
    });

    it("takes a second stop for the first", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const asked = request("deaf");
      const run = subject.runner.start(asked, recording);
      await subject.ready(asked);
      run.stop();
      run.stop();
      await recording.acknowledgement;
      await settle();
      expect(recording.kinds).toEqual(["acknowledged"]);
      run.kill();
      await recording.end;
    });

    it("ends deaf work by force, and tells one end", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const asked = request("deaf");
      const run = subject.runner.start(asked, recording);
      await subject.ready(asked);
      run.kill();
      run.kill();
      expect(recording.kinds).toEqual([]);
      expect(await recording.end).toMatchObject({ kind: "failed" });
      await settle();
      expect(recording.kinds).toEqual(["ended"]);
    });

    it("lets a run be stopped and killed right after start()", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const run = subject.runner.start(request("deaf"), recording);
      run.stop();
      run.kill();
      expect(await recording.end).toMatchObject({ kind: "failed" });
      expect(recording.kinds.at(-1)).toBe("ended");
    });

    it("takes stop() and kill() after the end without harm", async () => {
      await using subject = await setup();
      const recording = new Recording();
      const run = subject.runner.start(request("succeeds"), recording);
      await recording.end;
      run.stop();
      run.kill();
      await settle();
      expect(recording.kinds).toEqual(["ended"]);
    });

    it("keeps runs of one type apart", async () => {
      await using subject = await setup();
      const [one, other] = [request("heeds", "run-1"), request("heeds", "run-2")];
      const [oneRecording, otherRecording] = [new Recording(), new Recording()];
      const run = subject.runner.start(one, oneRecording);
      const otherRun = subject.runner.start(other, otherRecording);
      await Promise.all([subject.ready(one), subject.ready(other)]);
      run.stop();
      await oneRecording.end;
      expect(otherRecording.kinds).toEqual([]);
      otherRun.stop();
      await otherRecording.end;
    });

    it("ends by its disposal what still runs, and can be disposed of twice", async () => {
      await using subject = await setup();
      const recordings: Recording[] = [];
      for (const asked of [request("heeds", "run-1"), request("deaf", "run-2")]) {
        const recording = new Recording();
        recordings.push(recording);
        subject.runner.start(asked, recording);
        await subject.ready(asked);
      }
      await subject.runner[Symbol.asyncDispose]();
      expect(recordings.map((recording) => recording.kinds.at(-1))).toEqual(["ended", "ended"]);
      await subject.runner[Symbol.asyncDispose]();
    });

    it("starts nothing after its disposal", async () => {
      await using subject = await setup();
      await subject.runner[Symbol.asyncDispose]();
      const recording = new Recording();
      subject.runner.start(request("succeeds"), recording);
      expect(await recording.end).toMatchObject({ kind: "failed", reason: "ABANDONED" });
    });
  });
}

/** A request for a run of this type, whose input tells the run's id. */
function request(jobType: string, runId = "run-1"): RunRequest {
  return { jobId: `${jobType}-job`, jobType, runId, attempt: 1, input: { runId } };
}
