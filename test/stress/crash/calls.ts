import { ErrorInfoSchema } from "../../../gen/google/rpc/error_details_pb.ts";
import type { CommandReceipt } from "../../../gen/jobcontrol/v1/command_pb.ts";
import { ReplyMode } from "../../../gen/jobcontrol/v1/command_pb.ts";
import {
  StartRequest_ConflictPolicy as ConflictPolicy,
  JobControlService,
} from "../../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../../gen/jobcontrol/v1/job_pb.ts";
import type { Outcome } from "../../../src/job/settlement.ts";
import { outcomeNumbers } from "../../../src/rpc/enum-codec.ts";
import { detailsOf, type RawClient } from "../../server/grpc/wire.ts";
import { isServiceError } from "../told-stream.ts";
import type { FoundReceipt, Order, Told } from "./evidence.ts";
import { typeOfJob } from "./steps.ts";

const { method } = JobControlService;

/** Sends a command. Rejects where no answer came, and where it was refused. */
export async function send(client: RawClient, order: Order, requestId: string): Promise<Told> {
  const { kind, jobId, wait, force } = order;
  const replyMode = order.replyMode === "accepted" ? ReplyMode.ACCEPTED : ReplyMode.APPLIED;
  const common = { jobId, requestId, replyMode };
  switch (kind) {
    case "start": {
      const conflictPolicy = conflictPolicies[order.conflictPolicy];
      const input = { padding: "x".repeat(order.inputSize) };
      const start = { ...common, jobType: typeOfJob.get(jobId) ?? "", conflictPolicy, input };
      return answerOf(await client.call(method.start, start));
    }
    case "stop":
      return answerOf(await client.call(method.stop, { ...common, wait, force }));
    case "trigger": {
      const reply = await client.call(method.trigger, common);
      return answerOf(reply, reply.runId);
    }
    case "pause":
      return answerOf(await client.call(method.pause, common));
    case "resume":
      return answerOf(await client.call(method.resume, common));
  }
}

/** Undefined: there is no such job. */
export async function read(client: RawClient, jobId: string): Promise<JobStatus | undefined> {
  try {
    return (await client.call(method.getStatus, { jobId })).status;
  } catch (error) {
    if (refusalOf(error) === "JOB_NOT_FOUND") return undefined;
    throw error;
  }
}

/** What became of a command, once that is settled. Undefined: nothing is known of it. */
export async function receiptOf(client: RawClient, requestId: string): Promise<FoundReceipt | undefined> {
  try {
    for (;;) {
      const { receipt } = await client.call(method.getCommand, {
        command: { case: "requestId", value: requestId },
      });
      const outcome = outcomeOf(receipt);
      if (receipt !== undefined && outcome !== "accepted") return { commandId: receipt.commandId, outcome };
    }
  } catch (error) {
    if (refusalOf(error) === "COMMAND_NOT_FOUND") return undefined;
    throw error;
  }
}

/** Newest first. */
export async function runsOf(client: RawClient, jobId: string): Promise<readonly string[]> {
  const { runs } = await client.call(method.listRuns, { jobId, pageSize: 1000 });
  return runs.map(({ runId }) => runId);
}

/** Why the service refused; undefined for an error that is not the service's own. */
export function refusalOf(error: unknown): string | undefined {
  return isServiceError(error) ? detailsOf(error, ErrorInfoSchema)[0]?.reason : undefined;
}

const conflictPolicies: Readonly<Record<Order["conflictPolicy"], ConflictPolicy>> = {
  "use-existing": ConflictPolicy.USE_EXISTING,
  fail: ConflictPolicy.FAIL,
  replace: ConflictPolicy.REPLACE,
};

interface ChangeReply {
  readonly status?: JobStatus | undefined;
  readonly receipt?: CommandReceipt | undefined;
}

function answerOf({ status, receipt }: ChangeReply, runId = ""): Told {
  const { commandId = "", replayed = false } = receipt ?? {};
  return { kind: "answered", outcome: outcomeOf(receipt), commandId, replayed, status, runId };
}

function outcomeOf(receipt: CommandReceipt | undefined): Outcome {
  const word = outcomes.find((candidate) => outcomeNumbers[candidate] === receipt?.outcome);
  if (word === undefined) throw new TypeError(`Unexpected outcome: ${receipt?.outcome}`);
  return word;
}

const outcomes = Object.keys(outcomeNumbers) as Outcome[];
