import { durationFromMs } from "@bufbuild/protobuf/wkt";
import { useSignal } from "@preact/signals";
import { StopRequest_Scope as Scope } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { Dialog } from "../parts/dialog.tsx";
import { plain } from "../words/plain.ts";
import { askNothing } from "./asked.ts";
import { ReasonField } from "./reason-field.tsx";
import { send } from "./sent.ts";

/** Asks what is to be stopped, and how. */
export function StopDialog({ job, force: forceFirst }: { readonly job: JobStatus; readonly force: boolean }) {
  const scope = useSignal<Scope>(Scope.JOB);
  const force = useSignal(forceFirst);
  const grace = useSignal("");
  const reason = useSignal("");
  const graceSeconds = Number(grace.value);
  const isGraceRight = grace.value === "" || (graceSeconds >= 0 && graceSeconds <= 86_400);
  const stop = () =>
    void send({
      kind: "stop",
      request: {
        jobId: job.jobId,
        scope: scope.value,
        force: force.value,
        reason: reason.value,
        ...(grace.value !== "" && !force.value && { gracePeriod: durationFromMs(graceSeconds * 1000) }),
      },
    });
  return (
    <Dialog
      title={`${force.value ? "Force stop" : "Stop"} ${plain(job.jobId)}`}
      action={force.value ? "Stop by force" : "Stop"}
      isSevere={force.value}
      canAct={isGraceRight}
      onAct={stop}
      onClose={askNothing}
    >
      {job.schedule !== undefined && (
        <fieldset>
          <legend>What</legend>
          <label>
            <input
              type="radio"
              name="scope"
              checked={scope.value === Scope.JOB}
              onChange={() => {
                scope.value = Scope.JOB;
              }}
            />
            The job: its run, its retries and its schedule
          </label>
          <label>
            <input
              type="radio"
              name="scope"
              checked={scope.value === Scope.CURRENT_RUN}
              onChange={() => {
                scope.value = Scope.CURRENT_RUN;
              }}
            />
            Only the run that goes on; the schedule stays
          </label>
        </fieldset>
      )}
      <label class="check">
        <input
          type="checkbox"
          checked={force.value}
          onChange={({ currentTarget }) => {
            force.value = currentTarget.checked;
          }}
        />
        <span>
          By force
          <small>Ends the work at once. What it has begun may be left half done.</small>
        </span>
      </label>
      <label class="field">
        <span>Grace in seconds</span>
        <input
          type="number"
          min="0"
          max="86400"
          step="any"
          placeholder="as its type has it"
          disabled={force.value}
          value={grace.value}
          onInput={({ currentTarget }) => {
            grace.value = currentTarget.value;
          }}
        />
      </label>
      <ReasonField typed={reason} placeholder="optional; it is shown with the run" />
    </Dialog>
  );
}
