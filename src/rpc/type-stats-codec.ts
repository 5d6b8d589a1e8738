import type { Circuit as CircuitMessage, JobTypeStats } from "../../gen/jobcontrol/v1/job_type_stats_pb.ts";
import type { CircuitStats, TypeStats } from "../control/supervisor/type-stats.ts";
import { circuitStateNumbers } from "./enum-codec.ts";
import { toOptionalTimestamp } from "./time-codec.ts";

/** The figures of a job type as a message. */
export function toJobTypeStats({ name, running, pending, circuit }: TypeStats): JobTypeStats {
  return {
    $typeName: "jobcontrol.v1.JobTypeStats",
    jobType: name,
    running,
    pending,
    circuit: circuit && toCircuit(circuit),
  };
}

function toCircuit({ circuit, halfOpenMs }: CircuitStats): CircuitMessage {
  return {
    $typeName: "jobcontrol.v1.Circuit",
    state: circuitStateNumbers[circuit.state],
    consecutiveFailures: circuit.failures,
    openTime: circuit.state === "closed" ? undefined : toOptionalTimestamp(circuit.openedMs),
    halfOpenTime: toOptionalTimestamp(halfOpenMs),
    probingRunIds: circuit.state === "half-open" ? [...circuit.probes] : [],
  };
}
