import { jobAddress } from "../address.ts";
import { nowMs } from "../live.ts";
import { StateMark } from "../parts/state-mark.tsx";
import { isFinal } from "../watch/connection.ts";
import { adviceOf, failureInWords } from "../words/failure.ts";
import { plain } from "../words/plain.ts";
import { outcomeInWords, waitInAll, waitsOf } from "../words/receipt.ts";
import { inWords, roughly } from "../words/time.ts";
import { forget, type Sent, send, sent } from "./sent.ts";

/** What became of the commands that were sent from this page, the newest first. */
export function Receipts() {
  return (
    <section class="receipts" aria-label="Receipts" aria-live="polite">
      {sent.value.map((one) => (
        <Receipt key={one.id} sent={one} />
      ))}
    </section>
  );
}

function Receipt({ sent: one }: { readonly sent: Sent }) {
  const { fate, command } = one;
  const jobId = fate.kind === "answered" ? (fate.job?.jobId ?? "") : (command.request.jobId ?? "");
  return (
    <article class={`receipt receipt-${fate.kind}`}>
      <header>
        <strong>{titleOf(one)}</strong>
        {jobId === "" ? null : <a href={jobAddress(jobId)}>{plain(jobId)}</a>}
        {fate.kind === "waiting" ? null : (
          <button type="button" class="ghost close" aria-label="Dismiss" onClick={() => forget(one.id)}>
            ×
          </button>
        )}
      </header>
      {fate.kind === "waiting" && <Waiting sent={one} cancel={fate.cancel} />}
      {fate.kind === "answered" && <Answered fate={fate} />}
      {fate.kind === "failed" && <Failed sent={one} failure={fate.failure} />}
    </article>
  );
}

function Waiting({ sent: { sentAtMs }, cancel }: { readonly sent: Sent; readonly cancel: () => void }) {
  const waited = Date.now() - sentAtMs;
  return (
    <p class="receipt-line" data-now={nowMs.value}>
      <span>Waits for its turn{waited < 1000 ? "…" : `, ${roughly(waited)} so far`}</span>
      <button type="button" onClick={cancel}>
        Give up
      </button>
    </p>
  );
}

function Answered({ fate }: { readonly fate: Extract<Sent["fate"], { kind: "answered" }> }) {
  const { receipt, job } = fate;
  if (receipt === undefined) return <p>Answered</p>;
  const waits = waitsOf(receipt);
  return (
    <>
      <p class="receipt-line">
        <span>
          {outcomeInWords(receipt)}
          {job === undefined ? null : <StateMark state={job.state} />}
        </span>
      </p>
      <dl class="waits" aria-label={`Waited ${waitInAll(waits)}`}>
        {waits.map(({ name, title, ms }) => (
          <div key={name} title={`Waited ${title}`}>
            <dt>{name}</dt>
            <dd>{inWords(ms)}</dd>
          </div>
        ))}
      </dl>
      <p class="command-id">
        command <code>{plain(receipt.commandId)}</code>
      </p>
    </>
  );
}

type FailedProps = {
  readonly sent: Sent;
  readonly failure: Extract<Sent["fate"], { kind: "failed" }>["failure"];
};

function Failed({ sent: { command, id, sentAtMs }, failure }: FailedProps) {
  const advice = adviceOf(failure);
  const waitMs = sentAtMs + (failure.retryAfterMs ?? 0) - Date.now();
  return (
    <>
      <p>
        {failure.reason === "" ? null : <code class="reason">{failure.reason}</code>}{" "}
        {plain(failureInWords(failure))}
      </p>
      {failure.violations.length > 0 && (
        <ul>
          {failure.violations.map(({ field, description }) => (
            <li key={field}>
              <code>{plain(field)}</code> {plain(description)}
            </li>
          ))}
        </ul>
      )}
      <p class="receipt-line" data-now={nowMs.value}>
        <span>{advice}</span>
        {isFinal(failure) ? null : (
          <button type="button" disabled={waitMs > 0} onClick={() => void send(command, id)}>
            {waitMs > 0 ? `Send again in ${inWords(waitMs)}` : "Send again"}
          </button>
        )}
      </p>
    </>
  );
}

function titleOf({ command }: Sent): string {
  if (command.kind === "stop" && command.request.force) return "Force stop";
  return titles[command.kind];
}

const titles = {
  start: "Start",
  stop: "Stop",
  pause: "Pause",
  resume: "Resume",
  trigger: "Trigger",
} as const;
