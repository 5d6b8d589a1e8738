import type { JsonObject } from "@bufbuild/protobuf";
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { GetStatusRequest_Consistency as Consistency } from "../../gen/jobcontrol/v1/job_control_service_pb.ts";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { jobControl } from "../service.ts";
import { failureInWords, failureOf } from "../words/failure.ts";
import { plain } from "../words/plain.ts";

/** What the job got to read, and what its work returned: read anew when it is started, and when its run ends. */
export function InputAndResult({
  status: { jobId, uid, executionCount, state, etag },
}: {
  readonly status: JobStatus;
}) {
  const read = useSignal<JobStatus | undefined>(undefined);
  const problem = useSignal("");
  useEffect(() => {
    const call = new AbortController();
    const load = async () => {
      const request = { jobId, includeInput: true, includeResult: true, consistency: Consistency.SNAPSHOT };
      try {
        read.value = (await jobControl.getStatus(request, { signal: call.signal })).status;
        problem.value = "";
      } catch (error) {
        if (!call.signal.aborted) problem.value = failureInWords(failureOf(error));
      }
    };
    void load();
    return () => call.abort();
  }, [uid, executionCount, state, etag]);
  return (
    <div class="in-and-out">
      {problem.value === "" ? null : <p class="problem">{problem.value}</p>}
      <Json title="Input" value={read.value?.input} />
      <Json title="Result" value={read.value?.result} />
    </div>
  );
}

function Json({ title, value }: { readonly title: string; readonly value: JsonObject | undefined }) {
  const isEmpty = value === undefined || Object.keys(value).length === 0;
  return (
    <section class="card" aria-label={title}>
      <h2>{title}</h2>
      {isEmpty ? (
        <p class="nothing">{value === undefined ? "None" : "{}"}</p>
      ) : (
        <section class="json" tabIndex={0} aria-label={`${title}, as JSON`}>
          <pre>{plain(JSON.stringify(value, null, 2), { maxLength: 100_000, keepLines: true })}</pre>
        </section>
      )}
    </section>
  );
}
