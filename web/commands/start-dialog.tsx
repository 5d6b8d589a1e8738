import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { Priority } from "../../gen/jobcontrol/v1/command_pb.ts";
import {
  StartRequest_ConflictPolicy as Conflict,
  GetStatusRequest_Consistency as Consistency,
} from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { book, bookVersion } from "../live.ts";
import { Dialog } from "../parts/dialog.tsx";
import { jobControl } from "../service.ts";
import { plain } from "../words/plain.ts";
import { isSettled } from "../words/states.ts";
import { askNothing } from "./asked.ts";
import { InputEditor } from "./input-editor.tsx";
import { readInput } from "./json-input.ts";
import { readLabels } from "./label-input.ts";
import { ReasonField } from "./reason-field.tsx";
import { ScheduleFields } from "./schedule-fields.tsx";
import { readSchedule, type TypedSchedule, typesOwn } from "./schedule-input.ts";
import { send } from "./sent.ts";

/** Asks what to start and with what: a job that is there, with its last input to begin with, or one of any name. */
export function StartDialog({ job }: { readonly job: JobStatus | undefined }) {
  const jobId = useSignal(job?.jobId ?? "");
  const jobType = useSignal("");
  const input = useSignal("{}");
  const labels = useSignal("");
  const conflict = useSignal<Conflict>(Conflict.USE_EXISTING);
  const priority = useSignal<Priority>(Priority.NORMAL);
  const reason = useSignal("");
  const schedule = useSignal<TypedSchedule>(typesOwn);
  useEffect(() => void loadInput(job, input), [job]);

  const isNamed = jobId.value !== "" || jobType.value !== "";
  const readIn = readInput(input.value);
  const readLabel = readLabels(labels.value);
  const readWhen = readSchedule(schedule.value);
  const canStart = isNamed && readIn.isRight && readLabel.isRight && readWhen.isRight;
  const start = () => {
    if (!readIn.isRight || !readLabel.isRight || !readWhen.isRight) return;
    void send({
      kind: "start",
      request: {
        jobId: jobId.value,
        jobType: jobType.value,
        input: readIn.value,
        labels: readLabel.labels,
        conflictPolicy: conflict.value,
        priority: priority.value,
        reason: reason.value,
        ...(readWhen.schedule && { schedule: readWhen.schedule }),
      },
    });
  };
  const isActive = job !== undefined && !isSettled(job.state);
  return (
    <Dialog
      title={job === undefined ? "Start a job" : `Start ${plain(job.jobId)}`}
      action="Start"
      canAct={canStart}
      onAct={start}
      onClose={askNothing}
    >
      {job === undefined && <NameFields jobId={jobId} jobType={jobType} />}
      {isActive && (
        <fieldset>
          <legend>It is active already</legend>
          {conflicts.map(([policy, words]) => (
            <label key={policy}>
              <input
                type="radio"
                name="conflict"
                checked={conflict.value === policy}
                onChange={() => {
                  conflict.value = policy;
                }}
              />
              {words}
            </label>
          ))}
        </fieldset>
      )}
      <InputEditor text={input} read={readIn} />
      <details>
        <summary>Labels, schedule, priority, reason</summary>
        <label class="field">
          <span>Labels</span>
          <input
            type="text"
            placeholder="team=billing region=eu"
            value={labels.value}
            aria-invalid={!readLabel.isRight}
            onInput={({ currentTarget }) => {
              labels.value = currentTarget.value;
            }}
          />
        </label>
        {!readLabel.isRight && <p class="problem">{readLabel.problem}</p>}
        <ScheduleFields typed={schedule} problem={readWhen.isRight ? undefined : readWhen.problem} />
        <label class="field">
          <span>Priority</span>
          <select
            value={priority.value}
            onChange={({ currentTarget }) => {
              priority.value = Number(currentTarget.value) as Priority;
            }}
          >
            <option value={Priority.LOW}>low</option>
            <option value={Priority.NORMAL}>normal</option>
            <option value={Priority.HIGH}>high</option>
            <option value={Priority.CRITICAL}>critical</option>
          </select>
        </label>
        <ReasonField typed={reason} placeholder="optional" />
      </details>
    </Dialog>
  );
}

const conflicts = [
  [Conflict.USE_EXISTING, "Leave it as it is"],
  [Conflict.REPLACE, "Stop its run, then start anew"],
  [Conflict.FAIL, "Refuse to start"],
] as const;

interface Text {
  value: string;
}

function NameFields({ jobId, jobType }: { readonly jobId: Text; readonly jobType: Text }) {
  // The types are those of the jobs that are there: each type has a job of its own name, unless it is a template.
  const types = bookVersion.value >= 0 ? book.types() : [];
  return (
    <div class="pair">
      <label class="field">
        <span>Job</span>
        <input
          type="text"
          maxLength={128}
          pattern="[A-Za-z0-9][A-Za-z0-9._:@\-]*"
          placeholder="an id; empty: the server makes one"
          autocomplete="off"
          spellcheck={false}
          value={jobId.value}
          onInput={({ currentTarget }) => {
            jobId.value = currentTarget.value;
          }}
        />
      </label>
      <label class="field">
        <span>Type</span>
        <input
          type="text"
          list="known-types"
          maxLength={128}
          placeholder="empty: as the job has it"
          autocomplete="off"
          spellcheck={false}
          value={jobType.value}
          onInput={({ currentTarget }) => {
            jobType.value = currentTarget.value;
          }}
        />
        <datalist id="known-types">
          {types.map((type) => (
            <option key={type} value={type} />
          ))}
        </datalist>
      </label>
    </div>
  );
}

/** What it got last time, unless the reader has typed something by then. */
async function loadInput(job: JobStatus | undefined, input: Text): Promise<void> {
  if (job === undefined) return;
  const untouched = input.value;
  try {
    const request = { jobId: job.jobId, includeInput: true, consistency: Consistency.SNAPSHOT };
    const { status } = await jobControl.getStatus(request);
    if (status?.input !== undefined && input.value === untouched)
      input.value = JSON.stringify(status.input, null, 2);
  } catch {
    // It begins with an empty input then; Start itself tells what is wrong.
  }
}
