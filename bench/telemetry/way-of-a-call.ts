import type { GetStatusCommand } from "../../src/job/command.ts";
import type { Receipt } from "../../src/job/settlement.ts";
import { Counters } from "../../src/telemetry/counters.ts";
import { createTracing } from "../../src/telemetry/open-telemetry/create-tracing.ts";
import type { IncomingCall } from "../../src/telemetry/tracing.ts";
import { TypeLabels } from "../../src/telemetry/type-labels.ts";
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

const counters = new Counters({ types: new TypeLabels([]) });

function counted(): void {
  counters.commandSettled(command, receipt);
}

/** What a call and its command tell to tracing on their way, and nothing else of that way, with the SDK that this process has. */
export function nanosecondsOfTracing(): number {
  return nanoseconds(traced);
}

/** What is counted of a command for the metrics, which are never off. */
export function nanosecondsOfCounting(): number {
  return nanoseconds(counted);
}

/** The least of some rounds: a loop so short is only ever disturbed. */
function nanoseconds(work: () => void): number {
  const round = () => {
    const startedAt = performance.now();
    for (let count = 0; count < calls; count++) work();
    return ((performance.now() - startedAt) * 1e6) / calls;
  };
  return quantile(Array.from({ length: rounds }, round), 0);
}
