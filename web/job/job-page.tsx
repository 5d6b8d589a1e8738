import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { askToStart } from "../commands/asked.ts";
import { book, bookVersion } from "../live.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { jobsAddress } from "../route.ts";
import { plain } from "../words/plain.ts";
import { saidBy, wish } from "../words/states.ts";
import { ActionBar } from "./action-bar.tsx";
import { CurrentRun } from "./current-run.tsx";
import { Facts } from "./facts.tsx";
import { InputAndResult } from "./input-and-result.tsx";
import { Output } from "./output.tsx";
import { Runs } from "./runs.tsx";

/** One job: what it does now, what can be done with it, what it wrote, and what it did before. */
export function JobPage({ jobId }: { readonly jobId: string }) {
  const job = bookVersion.value >= 0 ? book.get(jobId) : undefined;
  /** Empty: the one that goes on, or else the last. */
  const runId = useSignal("");
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), []);
  useEffect(leaveOnEscape, []);
  const status = job?.status;
  const asked = status && wish(status.state, status.desiredState);
  return (
    <>
      <nav class="way" aria-label="Way back">
        <a href={jobsAddress.value}>← Jobs</a>
      </nav>
      <div class="title">
        <h1 ref={title} tabIndex={-1}>
          {plain(jobId)}
        </h1>
        {status === undefined ? null : <StateMark state={status.state} />}
        {asked === undefined ? null : <small>{asked}</small>}
      </div>
      {job === undefined ? (
        <Absent jobId={jobId} />
      ) : (
        <>
          <p class="message">{plain(saidBy(job.status), { maxLength: 1000 })}</p>
          <ActionBar status={job.status} />
          <CurrentRun status={job.status} />
          <Facts status={job.status} />
          <div class="side-by-side">
            <Output status={job.status} runId={runId.value} onLatest={() => pick("")} />
            <Runs job={job} runId={runId.value} onRun={pick} />
          </div>
          <InputAndResult status={job.status} />
        </>
      )}
    </>
  );

  function pick(picked: string): void {
    runId.value = picked;
  }
}

function Absent({ jobId }: { readonly jobId: string }) {
  if (!book.isComplete) return <p class="empty">Reading the jobs…</p>;
  return (
    <div class="empty">
      <p>There is no job {plain(jobId)}, or none any more.</p>
      <button type="button" onClick={() => askToStart()}>
        Start one…
      </button>
    </div>
  );
}

function leaveOnEscape(): () => void {
  const onKey = (event: KeyboardEvent) => {
    const isTyping = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (event.key !== "Escape" || isTyping || document.querySelector("dialog[open]") !== null) return;
    location.hash = jobsAddress.peek();
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
