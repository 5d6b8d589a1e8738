/**
 * A server that begins a run and is then killed: `node doomed-server.ts FOLDER WITNESS SCRIPT`. It tells nobody
 * anything; the run does, through its witness.
 */
import { systemClock } from "../../src/async/clock.ts";
import { createRunner } from "../../src/runner/create-runner.ts";
import { RunMarks } from "../../src/runner/run-marks.ts";
import { nodeWork } from "./node-work.ts";

const [, , folder = "", witness = "", script = ""] = process.argv;
const runner = createRunner({
  works: new Map([["t", nodeWork(script, { env: { WITNESS: witness } })]]),
  clock: systemClock,
  marks: new RunMarks({ folder, clock: systemClock }),
});
const request = { jobId: "j", jobType: "t", runId: "run-1", attempt: 1, input: {} };
runner.start(request, { wrote: () => {}, progressed: () => {}, acknowledged: () => {}, ended: () => {} });
