import { JobState, type JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { askToStart, askToStop } from "../commands/asked.ts";
import { type CommandKind, obstacle } from "../commands/possible.ts";
import { send } from "../commands/sent.ts";

/** The commands. Those that need a word more ask for it; what a command would not do now, its button says. */
export function ActionBar({ status }: { readonly status: JobStatus }) {
  const { jobId } = status;
  const force = () => askToStop(status, { force: true });
  return (
    <fieldset class="actions" aria-label="Commands">
      <Action kind="start" status={status} onAct={() => askToStart(status)} words="Start…" />
      {status.state === JobState.STOPPING ? (
        <Action kind="force" status={status} onAct={force} words="Force stop…" />
      ) : (
        <Action kind="stop" status={status} onAct={() => askToStop(status)} words="Stop…" />
      )}
      <Action
        kind="pause"
        status={status}
        onAct={() => void send({ kind: "pause", request: { jobId } })}
        words="Pause"
      />
      <Action
        kind="resume"
        status={status}
        onAct={() => void send({ kind: "resume", request: { jobId } })}
        words="Resume"
      />
      <Action
        kind="trigger"
        status={status}
        onAct={() => void send({ kind: "trigger", request: { jobId } })}
        words="Trigger"
      />
    </fieldset>
  );
}

interface ActionProps {
  readonly kind: CommandKind;
  readonly status: JobStatus;
  readonly words: string;
  readonly onAct: () => void;
}

function Action({ kind, status, words, onAct }: ActionProps) {
  const hindered = obstacle(kind, status);
  return (
    <button
      type="button"
      data-command={kind}
      class={kind === "force" ? "severe" : undefined}
      disabled={hindered !== undefined}
      title={hindered}
      onClick={onAct}
    >
      {words}
    </button>
  );
}
