import type {
  AdminControl,
  ChannelStats,
  DrainedCommands,
  DrainRequest,
  LimitsRequest,
} from "../../src/control/admin-control.ts";
import type {
  Call,
  ChangeRequest,
  GetStatusRequest,
  JobControl,
  JobPage,
  ListRequest,
  ReceiptId,
  Reply,
  RunsPage,
  RunsRequest,
  StartReply,
  StartRequest,
  StatusReply,
  StopRequest,
  TriggerReply,
} from "../../src/control/job-control.ts";
import type { OutputBatch, OutputRequest } from "../../src/control/output/output.ts";
import type { WatchMessage, WatchRequest } from "../../src/control/watch/watch.ts";
import type { JobStatus } from "../../src/job/job-status.ts";
import type { Receipt } from "../../src/job/settlement.ts";

/** A status in which every field is set, each to another value. */
export const fullStatus: JobStatus = {
  jobId: "disk-report",
  jobType: "report",
  state: "stopping",
  desiredState: "stopped",
  executionCount: 12,
  lastExecutionTimeMs: 1_700_000_000_123,
  message: "Stopping: asked by 127.0.0.1",
  reason: "STOP_REQUESTED",
  revision: 42,
  etag: "7",
  uid: "u-1",
  labels: { team: "infra", "a.b/c": "" },
  createTimeMs: 1_600_000_000_000,
  updateTimeMs: 1_700_000_001_000,
  nextRunTimeMs: 1_700_000_005_000,
  counters: {
    succeeded: 1,
    failed: 2,
    stopped: 3,
    timedOut: 4,
    retries: 5,
    consecutiveFailures: 6,
    skippedOverlap: 7,
    missed: 8,
  },
  currentRun: {
    runId: "r-9",
    state: "running",
    attempt: 2,
    maxAttempts: 3,
    scheduledTimeMs: 1_700_000_000_000,
    startTimeMs: 1_700_000_000_001,
    endTimeMs: 1_700_000_000_999,
    progress: { current: 3.5, total: 10, unit: "files", message: "reading", stage: "scan" },
    error: {
      reason: "EXIT_CODE",
      message: "Exited: 3",
      retryable: true,
      attempt: 1,
      timeMs: 1_700_000_000_500,
    },
    stopping: {
      requestTimeMs: 1_700_000_000_600,
      requestedBy: "127.0.0.1:5",
      reason: "deploy",
      acknowledged: true,
      forceTimeMs: 1_700_000_010_600,
    },
    exitCode: 143,
    fallback: {
      startTimeMs: 1_700_000_000_700,
      cause: {
        reason: "CIRCUIT_OPEN",
        message: "open",
        retryable: true,
        attempt: 2,
        timeMs: 1_700_000_000_700,
      },
    },
  },
  schedule: { kind: "interval", intervalMs: 5500, overlap: "skip", catchUpMs: 0 },
};

/** A status with nothing set that may be left out. */
export const bareStatus: JobStatus = {
  jobId: "idle",
  jobType: "idle",
  state: "stopped",
  desiredState: "stopped",
  executionCount: 0,
  message: "",
  reason: "",
  revision: 1,
  etag: "1",
  uid: "u-2",
  labels: {},
  createTimeMs: 0,
  updateTimeMs: 0,
  counters: {
    succeeded: 0,
    failed: 0,
    stopped: 0,
    timedOut: 0,
    retries: 0,
    consecutiveFailures: 0,
    skippedOverlap: 0,
    missed: 0,
  },
};

export const receipt: Receipt = {
  commandId: "c-1",
  requestId: "q-1",
  outcome: "applied",
  acceptTimeMs: 1_700_000_000_000,
  applyTimeMs: 1_700_000_000_010,
  spaceWaitMs: 0.25,
  queueWaitMs: 1500,
  tokenWaitMs: 0,
};

/** A core that answers at once and remembers what it was asked. A test replaces the methods it is about. */
export class FakeControl implements JobControl {
  readonly asked: unknown[] = [];
  call: Call | undefined;
  peer: string | undefined;
  messages: readonly WatchMessage[] = [];
  batches: readonly OutputBatch[] = [];

  async start(request: StartRequest, call: Call): Promise<StartReply> {
    this.#ask(request, call);
    return { started: true, status: fullStatus, receipt, replayed: false };
  }

  async stop(request: StopRequest, call: Call): Promise<Reply> {
    this.#ask(request, call);
    return { status: fullStatus, receipt, replayed: true };
  }

  async pause(request: ChangeRequest, call: Call): Promise<Reply> {
    this.#ask(request, call);
    return { status: fullStatus, receipt, replayed: false };
  }

  async resume(request: ChangeRequest, call: Call): Promise<Reply> {
    this.#ask(request, call);
    return { status: fullStatus, receipt, replayed: false };
  }

  async trigger(request: ChangeRequest, call: Call): Promise<TriggerReply> {
    this.#ask(request, call);
    return { status: fullStatus, receipt, replayed: false, runId: "r-7" };
  }

  async getStatus(request: GetStatusRequest, call: Call): Promise<StatusReply> {
    this.#ask(request, call);
    return { status: fullStatus, resumeToken: "e:42" };
  }

  list(request: ListRequest): JobPage {
    this.asked.push(request);
    return { jobs: [fullStatus, bareStatus], nextPageToken: "next", resumeToken: "e:42" };
  }

  async getCommand(id: ReceiptId): Promise<Receipt> {
    this.asked.push(id);
    return receipt;
  }

  async listRuns(request: RunsRequest): Promise<RunsPage> {
    this.asked.push(request);
    return { runs: fullStatus.currentRun ? [fullStatus.currentRun] : [], nextPageToken: "next" };
  }

  async *watch(request: WatchRequest, call: Call): AsyncIterable<WatchMessage> {
    this.#ask(request, call);
    yield* this.messages;
  }

  async *watchOutput(request: OutputRequest, call: Call): AsyncIterable<OutputBatch> {
    this.#ask(request, call);
    yield* this.batches;
  }

  #ask(request: unknown, call: Call): void {
    this.asked.push(request);
    this.call = call;
    this.peer = call.peer;
  }
}

/** Figures in which every field is set, each to another value. */
export const fullStats: ChannelStats = {
  lanes: [
    { priority: "critical", capacity: 50, fullMode: "wait", depth: 1, waitingWriters: 0, turnsInARow: 0 },
    { priority: "high", capacity: 100, fullMode: "wait", depth: 2, waitingWriters: 0, turnsInARow: 0 },
    { priority: "normal", capacity: 100, fullMode: "wait", depth: 100, waitingWriters: 7, turnsInARow: 0 },
    { priority: "low", capacity: 200, fullMode: "drop-oldest", depth: 3, waitingWriters: 0, turnsInARow: 0 },
  ],
  oldestAgeMs: 1250,
  acceptedPerSecond: 12.5,
  appliedPerSecond: 10,
  dropped: 4,
  evicted: 5,
  expired: 6,
  limits: { rate: 10, burst: 20, available: 0.5 },
  watchers: 8,
  slowWatchers: 9,
  watchLag: 10,
  coalesced: 11,
  activeRuns: 13,
  types: [
    { name: "plain", running: 14, pending: 0 },
    { name: "sound", running: 0, pending: 0, circuit: { circuit: { state: "closed", failures: 1 } } },
    {
      name: "broken",
      running: 0,
      pending: 15,
      circuit: {
        circuit: { state: "open", failures: 5, openedMs: 1_700_000_000_000 },
        halfOpenMs: 1_700_000_030_000,
      },
    },
    {
      name: "probed",
      running: 1,
      pending: 0,
      circuit: {
        circuit: {
          state: "half-open",
          failures: 6,
          openedMs: 1_700_000_000_000,
          probes: ["r-9"],
          probedMs: 1_700_000_031_000,
        },
        halfOpenMs: 1_700_000_030_000,
      },
    },
  ],
  degraded: true,
};

/** An operator's side that answers at once and remembers what it was asked. */
export class FakeAdmin implements AdminControl {
  readonly asked: unknown[] = [];

  stats(): ChannelStats {
    return fullStats;
  }

  async *watchStats(intervalMs: number): AsyncIterable<ChannelStats> {
    this.asked.push(intervalMs);
    yield fullStats;
  }

  async updateLimits(request: LimitsRequest): Promise<ChannelStats> {
    this.asked.push(request);
    return fullStats;
  }

  async drain(request: DrainRequest): Promise<DrainedCommands> {
    this.asked.push(request);
    return { applied: 3, refused: 2 };
  }
}
