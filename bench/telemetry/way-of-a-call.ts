import type { GetStatusCommand } from "../../src/job/command.ts";
import type { Receipt } from "../../src/job/settlement.ts";
import { createTracing } from "../../src/telemetry/open-telemetry.ts";
import type { IncomingCall } from "../../src/telemetry/tracing.ts";
import { quantile } from "../statistics.ts";

const rounds = 15;
const calls = 200_000;

const call: IncomingCall = {
  service: { typeName: "jobcontrol.v1.JobControlService" },
  method: { name: "GetStatus" },
  protocolName: "grpc",
  requestHeader: new Headers(),
  header: () => undefined,
};

const command: GetStatusCommand = {
  kind: "get-status",
  commandId: "0",
  requestId: "",
  jobId: "report",
  includeInput: false,
  includeResult: false,
  priority: "normal",
  replyMode: "applied",
};

const receipt: Receipt = {
  commandId: "0",
  requestId: "",
  outcome: "applied",
  acceptTimeMs: 1,
  spaceWaitMs: 0,
  queueWaitMs: 0,
  tokenWaitMs: 0,
};

const tracing = createTracing();

function traced(): void {
  const span = tracing.callBegan(call);
  const submitted = { ...command, trace: span?.trace };
  tracing.commandTaken(submitted, 1);
  tracing.commandSettled(submitted, receipt);
  span?.end(0);
}

function nanosecondsACall(): number {
  const startedAt = performance.now();
  for (let count = 0; count < calls; count++) traced();
  return ((performance.now() - startedAt) * 1e6) / calls;
}

/**
 * What a call and its command tell to tracing on their way, and nothing else of that way: in nanoseconds, with the SDK that
 * this process has. The least of some rounds: a loop so short is only ever disturbed.
 */
export function nanosecondsOfTheWay(): number {
  return quantile(Array.from({ length: rounds }, nanosecondsACall), 0);
}
