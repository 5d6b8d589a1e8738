import { readFileSync } from "node:fs";
import { Code } from "@connectrpc/connect";
import { describe, expect, it } from "vitest";
import { reasonOf, statusOf } from "../../src/rpc/errors.ts";
import { JobControlServer } from "../../src/server/job-control-server.ts";
import { blocksOf } from "../readme/transcript.ts";
import { Wire } from "../server/grpc/wire.ts";
import { PythonClient, whyNoPython } from "./python-client.ts";
import { errorCodes, RefusingControl } from "./refusing-server.ts";
import { quietLog, testConfiguration } from "./test-server.ts";

const missing = await whyNoPython();
if (missing !== undefined) console.warn(`Skipped, python3-grpcio: ${missing}`);

describe.skipIf(missing !== undefined)("python3-grpcio", () => {
  it("starts a job, watches it count, stops it, and takes its watch up again by token", async () => {
    using client = await PythonClient.create();
    await using server = new JobControlServer(testConfiguration(), { log: quietLog });
    const story = await client.run(`127.0.0.1:${await server.start()}`, "story");
    expect(story).toEqual({
      started: true,
      outcome: "OUTCOME_APPLIED",
      replayed: true,
      seen: expect.arrayContaining(["SNAPSHOT RUNNING", "SNAPSHOT_END", "CHANGED RUNNING"]),
      stopped: "STOPPED",
      requestedBy: true,
      resumed: ["CHANGED STOPPING", "CHANGED STOPPED", "SNAPSHOT_END", "CLOSING CLOSE_REASON_UNTIL_MET"],
      listed: ["counter"],
    });
  });

  it("does what docs/other-languages.md shows", async () => {
    const [program = ""] = blocksOf(readFileSync("docs/other-languages.md", "utf8"), "python");
    using client = await PythonClient.create();
    await using server = new JobControlServer(testConfiguration(), { log: quietLog });
    const address = `127.0.0.1:${await server.start()}`;
    const printed = await client.runProgram(
      program.replaceAll("127.0.0.1:50051", address).replaceAll("disk-report", "sum"),
    );
    const lines = printed.trimEnd().split("\n");
    expect(lines.at(-1)).toBe("NOT_FOUND JOB_NOT_FOUND");
    // `sum` without numbers fails, which ends the watch as well.
    expect(lines.at(-2)).toBe("JOB_STATE_FAILED");
  });

  it("reads every error of the table, with all of its details", async () => {
    using client = await PythonClient.create();
    await using wire = await Wire.open(new RefusingControl());
    const refusals = await client.run(`127.0.0.1:${wire.port}`, "errors", ...errorCodes);
    const expected = errorCodes.map((code) => [
      code,
      {
        code: statusName(statusOf[code]),
        message: `Refused – 100 %: ${code}`,
        sameStatus: true,
        pushbackMs: "1500",
        details: [
          { reason: reasonOf(code), domain: "jobcontrol", metadata: { jobId: code } },
          { fields: ["labels.team"] },
          { retryDelayMs: 1500 },
        ],
      },
    ]);
    expect(refusals).toEqual(Object.fromEntries(expected));
  });
});

/** `NotFound` as gRPC spells it. */
function statusName(code: Code): string {
  const name = Code[code].replaceAll(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
  return name === "CANCELED" ? "CANCELLED" : name;
}
