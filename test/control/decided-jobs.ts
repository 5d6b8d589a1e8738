import { CommandHandler } from "../../src/control/supervisor/command-handler.ts";
import { Decider } from "../../src/control/supervisor/decider.ts";
import { EventHandler } from "../../src/control/supervisor/event-handler.ts";
import { JobTable } from "../../src/control/supervisor/job-table.ts";
import { JobTimers } from "../../src/control/supervisor/job-timers.ts";
import { JobTypes } from "../../src/control/supervisor/job-types.ts";
import type { PostedEvent } from "../../src/control/supervisor/posted-event.ts";
import { TypeQueues } from "../../src/control/supervisor/type-queues.ts";
import type { StartCommand, StopCommand } from "../../src/job/command.ts";
import type { JobEvent } from "../../src/job/job-event.ts";
import type { JobType } from "../../src/job/job-type.ts";
import { FakeClock } from "../../src/testing/fake-clock.ts";
import { jobType } from "../job/job-type.ts";

/** Jobs that are decided about, and never committed unless the test does it. */
export class DecidedJobs {
  readonly clock = new FakeClock();
  readonly table = new JobTable(this.clock);
  readonly posted: PostedEvent[] = [];
  readonly timers = new JobTimers({ clock: this.clock, post: (event) => this.posted.push(event) });
  hasRoom = true;
  isDraining = false;
  readonly commands: CommandHandler;
  readonly events: EventHandler;

  constructor({ maxJobs = 10, ...declared }: { types: readonly DeclaredType[]; maxJobs?: number }) {
    const { clock, table, timers } = this;
    const types = new JobTypes(new Map(declared.types.map((type) => [type.name, jobType(type)])));
    const decider = new Decider(table, clock);
    const queues = new TypeQueues({
      table,
      decider,
      mayBegin: () => this.hasRoom && !this.isDraining,
      post: (event) => this.posted.push(event),
    });
    const parts = { table, types, decider, queues, timers };
    this.commands = new CommandHandler({ ...parts, maxJobs });
    this.events = new EventHandler({
      ...parts,
      hasRoom: () => this.hasRoom,
      isDraining: () => this.isDraining,
    });
  }

  start(jobId: string, over: Partial<StartCommand> = {}) {
    return this.commands.apply(startCommand(jobId, over), undefined);
  }

  stop(jobId: string, over: Partial<StopCommand> = {}) {
    const command = { ...common, kind: "stop", jobId, scope: "job", force: false, ...over } as const;
    return this.commands.apply(command, undefined);
  }

  /** Something happens to a job that is there. */
  handle(jobId: string, event: JobEvent): boolean {
    return this.events.handle({ jobId, uid: this.table.get(jobId)?.status.uid ?? "", event });
  }

  status(jobId: string) {
    return this.table.get(jobId)?.status;
  }

  /** The id of the run that goes on. */
  runId(jobId: string): string {
    return this.status(jobId)?.currentRun?.runId ?? "";
  }

  /** What is staged is committed, and its jobs get their timers. */
  commit() {
    this.table.seal();
    const batch = this.table.takeCommitted();
    for (const jobId of batch.before.keys()) this.timers.follow(jobId, this.table.committed(jobId));
    return batch;
  }
}

type DeclaredType = Partial<JobType> & { readonly name: string };

export function startCommand(jobId: string, over: Partial<StartCommand> = {}): StartCommand {
  return {
    ...common,
    kind: "start",
    jobId,
    jobType: "",
    conflictPolicy: "use-existing",
    labels: {},
    ...over,
  };
}

const common = {
  commandId: "command",
  requestId: "",
  priority: "normal",
  replyMode: "applied",
  requestedBy: "tester",
  reason: "",
  etag: "",
  validateOnly: false,
} as const;
