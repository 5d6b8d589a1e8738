import type { MessageInitShape } from "@bufbuild/protobuf";
import { signal } from "@preact/signals";
import type { CommandReceipt } from "../../gen/jobcontrol/v1/command_pb.ts";
import type {
  StartRequestSchema,
  StopRequestSchema,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { jobControl } from "../service.ts";
import { type Failure, failureOf } from "../words/failure.ts";

/** A command as the reader asked for it. */
export type Command =
  | { readonly kind: "start"; readonly request: MessageInitShape<typeof StartRequestSchema> }
  | { readonly kind: "stop"; readonly request: MessageInitShape<typeof StopRequestSchema> }
  | { readonly kind: "pause" | "resume" | "trigger"; readonly request: { readonly jobId: string } };

/** A command on its way, or what became of it. */
export interface Sent {
  readonly id: string;
  readonly command: Command;
  readonly sentAtMs: number;
  readonly fate: Fate;
}

export type Fate =
  | { readonly kind: "waiting"; readonly cancel: () => void }
  | {
      readonly kind: "answered";
      readonly receipt: CommandReceipt | undefined;
      readonly job: JobStatus | undefined;
    }
  | { readonly kind: "failed"; readonly failure: Failure };

/** The newest first. */
export const sent = signal<readonly Sent[]>([]);

/** Sends it and shows what becomes of it. Another try keeps the name of the request: it cannot happen twice. */
export async function send(command: Command, id: string = newId()): Promise<void> {
  const abort = new AbortController();
  const set = (fate: Fate) => {
    const now: Sent = { id, command, sentAtMs: Date.now(), fate };
    sent.value = [now, ...sent.value.filter((other) => other.id !== id)].slice(0, mostShown);
  };
  set({ kind: "waiting", cancel: () => abort.abort() });
  try {
    const { receipt, status } = await call(command, id, abort.signal);
    set({ kind: "answered", receipt, job: status });
    forgetLater(id);
  } catch (error) {
    set({ kind: "failed", failure: failureOf(error) });
  }
}

export function forget(id: string): void {
  sent.value = sent.value.filter((other) => other.id !== id);
}

/** What went well need not stay, once nobody looks at it. */
function forgetLater(id: string): void {
  setTimeout(() => {
    const isLookedAt = document.querySelector(".receipts:is(:hover, :focus-within)") !== null;
    if (isLookedAt) forgetLater(id);
    else forget(id);
  }, shownMs);
}

interface Answer {
  readonly receipt?: CommandReceipt | undefined;
  readonly status?: JobStatus | undefined;
}

function call(command: Command, requestId: string, signal: AbortSignal): Promise<Answer> {
  const options = { signal, timeoutMs };
  switch (command.kind) {
    case "start":
      return jobControl.start({ ...command.request, requestId }, options);
    case "stop":
      return jobControl.stop({ ...command.request, requestId }, options);
    case "pause":
    case "resume":
    case "trigger":
      return jobControl[command.kind]({ ...command.request, requestId }, options);
  }
}

/** `crypto.randomUUID` is there only where the page is safe from being changed on its way. */
function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `page-${bytes.reduce((hex, byte) => hex + byte.toString(16).padStart(2, "0"), "")}`;
}

const timeoutMs = 60_000;
const mostShown = 4;
const shownMs = 20_000;
