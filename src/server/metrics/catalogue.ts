import type { ChannelStats } from "../../control/admin-control.ts";
import type { Counters, LaneWaits } from "../../telemetry/counters.ts";
import { type MetricDefinition, type Sample, samplesOf, single } from "./metric.ts";

/** What the metrics are read from. */
export interface MetricSource {
  readonly counters: Counters;
  readonly stats: ChannelStats;
  /** True where new work is taken: what `/readyz` says. */
  readonly ready: boolean;
  /** When the server's certificate ends, on the wall clock; undefined where it has none. */
  readonly certificateEndMs?: number | undefined;
}

/**
 * Every metric of jobcontrol's own, and the only place where they are named. `docs/metrics.md` is this table for users;
 * the dashboard and the alerts in `deploy/` use these names, and tests hold all of them together. Those of the process
 * (`process_…`, `nodejs_…`) are prom-client's.
 */
export const catalogue: readonly MetricDefinition<MetricSource>[] = [
  {
    name: "jobcontrol_commands_total",
    help: "Commands that came to their end",
    type: "counter",
    labels: ["kind", "lane", "outcome"],
    read: ({ counters }) => counters.commands.samples(),
  },
  {
    name: "jobcontrol_command_space_wait_seconds",
    help: "How long commands waited for room in their lane",
    type: "histogram",
    labels: ["lane"],
    read: ({ counters }) => waits(counters, ({ space }) => space),
  },
  {
    name: "jobcontrol_command_queue_wait_seconds",
    help: "How long commands waited behind others",
    type: "histogram",
    labels: ["lane"],
    read: ({ counters }) => waits(counters, ({ queue }) => queue),
  },
  {
    name: "jobcontrol_command_token_wait_seconds",
    help: "How long commands waited for a token when they were next",
    type: "histogram",
    labels: ["lane"],
    read: ({ counters }) => waits(counters, ({ token }) => token),
  },
  {
    name: "jobcontrol_lane_depth",
    help: "Commands in the lane",
    type: "gauge",
    labels: ["lane"],
    read: ({ stats }) => lanes(stats, ({ depth }) => depth),
  },
  {
    name: "jobcontrol_lane_capacity",
    help: "How many commands the lane takes",
    type: "gauge",
    labels: ["lane"],
    read: ({ stats }) => lanes(stats, ({ capacity }) => capacity),
  },
  {
    name: "jobcontrol_lane_waiting_writers",
    help: "Commands that wait for room in the lane",
    type: "gauge",
    labels: ["lane"],
    read: ({ stats }) => lanes(stats, ({ waitingWriters }) => waitingWriters),
  },
  {
    name: "jobcontrol_oldest_command_age_seconds",
    help: "How long the oldest command in the lanes has waited",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.oldestAgeMs / 1000),
  },
  {
    name: "jobcontrol_tokens_available",
    help: "Tokens in the bucket; not there where the rate is unlimited",
    type: "gauge",
    labels: [],
    read: ({ stats }) => limit(stats.limits?.available),
  },
  {
    name: "jobcontrol_token_rate_per_second",
    help: "Tokens that come in each second; not there where the rate is unlimited",
    type: "gauge",
    labels: [],
    read: ({ stats }) => limit(stats.limits?.rate),
  },
  {
    name: "jobcontrol_token_burst",
    help: "The most tokens that can be saved up; not there where the rate is unlimited",
    type: "gauge",
    labels: [],
    read: ({ stats }) => limit(stats.limits?.burst),
  },
  {
    name: "jobcontrol_runs_active",
    help: "Runs that are at work; those that wait for their next attempt are not",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.activeRuns),
  },
  {
    name: "jobcontrol_runs_total",
    help: "Runs that ended",
    type: "counter",
    labels: ["type", "result"],
    read: ({ counters }) => counters.runs.samples(),
  },
  {
    name: "jobcontrol_run_retries_total",
    help: "Attempts that began, beyond the first of their run",
    type: "counter",
    labels: ["type"],
    read: ({ counters }) => counters.retries.samples(),
  },
  {
    name: "jobcontrol_run_duration_seconds",
    help: "How long runs took, from their first attempt to their end; those of which no attempt began are left out",
    type: "histogram",
    labels: ["type"],
    read: ({ counters }) =>
      [...counters.runDurations].flatMap(([type, histogram]) => samplesOf(histogram, { type })),
  },
  {
    name: "jobcontrol_type_runs_active",
    help: "Runs of the type that go on, those that wait for their next attempt included",
    type: "gauge",
    labels: ["type"],
    read: (source) => typeSamples(source, ({ running }) => running),
  },
  {
    name: "jobcontrol_type_jobs_pending",
    help: "Jobs of the type that wait for a free slot",
    type: "gauge",
    labels: ["type"],
    read: (source) => typeSamples(source, ({ pending }) => pending),
  },
  {
    name: "jobcontrol_circuit_state",
    help: "1 for the state that the circuit breaker of the type is in, 0 for the others",
    type: "gauge",
    labels: ["type", "state"],
    read: circuitSamples,
  },
  {
    name: "jobcontrol_watchers",
    help: "Watches that are open",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.watchers),
  },
  {
    name: "jobcontrol_watchers_slow",
    help: "Watches that lag behind by more than a tenth of the ring",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.slowWatchers),
  },
  {
    name: "jobcontrol_watch_lag_changes",
    help: "How many changes the watch that lags most has not looked at yet",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.watchLag),
  },
  {
    name: "jobcontrol_watch_coalesced_total",
    help: "Changes that watches left out because a later one of the same job was coming",
    type: "counter",
    labels: [],
    read: ({ stats }) => single(stats.coalesced),
  },
  {
    name: "jobcontrol_store_commits_total",
    help: "Batches that the store was to write",
    type: "counter",
    labels: ["result"],
    read: ({ counters }) => counters.commits.samples(),
  },
  {
    name: "jobcontrol_store_commit_duration_seconds",
    help: "How long the store took to write a batch, or to find that it cannot",
    type: "histogram",
    labels: [],
    read: ({ counters }) => samplesOf(counters.commitDuration),
  },
  {
    name: "jobcontrol_refused_total",
    help: "Calls and scrapes that were refused for who asked them",
    type: "counter",
    labels: ["reason"],
    read: ({ counters }) => counters.refusals.samples(),
  },
  {
    name: "jobcontrol_certificate_end_timestamp_seconds",
    help: "When the server's TLS certificate ends; not there where it has none",
    type: "gauge",
    labels: [],
    read: ({ certificateEndMs }) => limit(certificateEndMs && certificateEndMs / 1000),
  },
  {
    name: "jobcontrol_ready",
    help: "1 where the service is ready, as /readyz has it",
    type: "gauge",
    labels: [],
    read: ({ ready }) => single(ready ? 1 : 0),
  },
  {
    name: "jobcontrol_degraded",
    help: "1 where a lane is nearly full or the store cannot write",
    type: "gauge",
    labels: [],
    read: ({ stats }) => single(stats.degraded ? 1 : 0),
  },
];

function lanes(
  { lanes }: ChannelStats,
  of: (lane: ChannelStats["lanes"][number]) => number,
): readonly Sample[] {
  return lanes.map((lane) => ({ labels: { lane: lane.priority }, value: of(lane) }));
}

type TypeStats = ChannelStats["types"][number];

/** Of those that have one name together, the sum. */
function typeSamples({ counters, stats }: MetricSource, of: (type: TypeStats) => number): readonly Sample[] {
  const sums = new Map(counters.types.all.map((type) => [type, 0]));
  for (const each of stats.types) {
    const type = counters.types.of(each.name);
    sums.set(type, (sums.get(type) ?? 0) + of(each));
  }
  return [...sums].map(([type, value]) => ({ labels: { type }, value }));
}

/** Of those that have one name together, how many are in each state. */
function circuitSamples({ counters, stats }: MetricSource): readonly Sample[] {
  const states = new Map<string, Map<string, number>>();
  for (const { name, circuit } of stats.types) {
    if (circuit === undefined) continue;
    const type = counters.types.of(name);
    const counts = states.get(type) ?? new Map(circuitStates.map((state) => [state, 0]));
    states.set(type, counts.set(circuit.circuit.state, (counts.get(circuit.circuit.state) ?? 0) + 1));
  }
  return [...states].flatMap(([type, counts]) =>
    Array.from(counts, ([state, value]) => ({ labels: { type, state }, value })),
  );
}

const circuitStates: readonly string[] = ["closed", "open", "half-open"];

function waits({ waits }: Counters, of: (waits: LaneWaits) => LaneWaits["space"]): readonly Sample[] {
  return [...waits].flatMap(([lane, each]) => samplesOf(of(each), { lane }));
}

function limit(value: number | undefined): readonly Sample[] {
  return value === undefined ? [] : single(value);
}
