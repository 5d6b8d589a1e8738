import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { createJobControl, defineConfig } from "jobcontrol";
import { createBounded } from "jobcontrol/channel";
import { createJobControlClient } from "jobcontrol/client";
import { createGrpcJsTransport } from "jobcontrol/client/grpc-js";
import { ErrorInfoSchema, JobState, WatchStatusRequest_Until as Until } from "jobcontrol/gen";
import { JobControlService } from "jobcontrol/gen/jobcontrol/v1/job_control_service";
import { pipeline } from "jobcontrol/pipeline";
import { engineConformance, FakeClock } from "jobcontrol/testing";

/** Uses each entry of the package, as somebody would who has just installed it. The address is of a server of its command. */
const [address = ""] = process.argv.slice(2);

using client = createJobControlClient({ address });
for (const jobId of ["hello", "greet"]) {
  const { status } = await client.start({ jobId }, { wait: true });
  assert.equal(status?.state, JobState.SUCCEEDED);
  console.log(`  ${jobId}: ${status?.message}`);
}
const { status } = await client.start({ jobId: "double", input: { number: 21 } }, { wait: true });
assert.equal(status?.state, JobState.SUCCEEDED);

const config = defineConfig({ store: "memory:", types: { inside: { run: () => "inside" } } });
await using jobcontrol = await createJobControl(config);
await jobcontrol.jobs.start({ jobId: "inside" });
const messages: unknown[] = [];
for await (const change of jobcontrol.jobs.watchStatus({ jobIds: ["inside"], until: Until.ALL_SETTLED }))
  messages.push(change.status?.message);
assert.ok(messages.includes("inside"));

const { reader, writer } = createBounded<number>(3);
writer.tryWrite(1);
writer.complete();
const doubled: number[] = [];
await pipeline(reader)
  .map((item) => item * 2)
  .forEach((item) => void doubled.push(item));
assert.deepEqual(doubled, [2]);

assert.equal(ErrorInfoSchema.typeName, "google.rpc.ErrorInfo");
assert.equal(JobControlService.typeName, "jobcontrol.v1.JobControlService");
assert.equal(typeof engineConformance, "function");
assert.equal(typeof createGrpcJsTransport, "function");
assert.equal(new FakeClock().now() > 0, true);

const require = createRequire(import.meta.url);
const { properties } = require("jobcontrol/schema/config.schema.json") as { properties: object };
assert.ok("types" in properties);
