import { connection, lastHeardMs, nowMs, reconnectNow, wasReset } from "../live.ts";
import { causeInWords } from "../watch/cause-in-words.ts";
import { clockTime, roughly } from "../words/time.ts";

/** Tells that what is on the page may be old, and why; and when the server could not go on where the page had been. */
export function Banner() {
  const now = connection.value;
  const heard = lastHeardMs.value;
  if (now.kind === "waiting") {
    const wait = now.untilMs - Date.now();
    return (
      // Read anew each second, so that the seconds go down.
      <div class="banner banner-cut" role="alert" data-now={nowMs.value}>
        <p>
          <strong>{causeInWords(now.cause)}</strong>{" "}
          {heard > 0 && `What you see is as of ${clockTime(heard, Date.now())}.`}
        </p>
        <span aria-live="off">{wait < 1000 ? "Trying again…" : `Next try in ${roughly(wait)}`}</span>
        <button type="button" onClick={reconnectNow}>
          Try now
        </button>
      </div>
    );
  }
  if (wasReset.value) {
    return (
      <div class="banner" role="status">
        <p>The server no longer had all that happened meanwhile. All jobs were read anew.</p>
        <button
          type="button"
          onClick={() => {
            wasReset.value = false;
          }}
        >
          Dismiss
        </button>
      </div>
    );
  }
  return null;
}
