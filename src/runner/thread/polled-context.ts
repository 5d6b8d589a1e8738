import type { JobContext } from "../job-context.ts";

/**
 * The context of a job that may hold the CPU: no event of a stop reaches a loop that never waits, so wherever the
 * job looks at its signal, tells its progress or logs, `poll` is called, which fires the signal where a stop was
 * asked for. What waits for the signal's event hears it as ever.
 */
export function polledContext(ctx: JobContext, poll: () => void): JobContext {
  const { jobId, jobType, runId, attempt, failure, input, traceparent, sleep } = ctx;
  let polled: AbortSignal | undefined;
  return {
    jobId,
    jobType,
    runId,
    attempt,
    failure,
    input,
    traceparent,
    sleep,
    get signal() {
      polled ??= polledSignal(ctx.signal, poll);
      return polled;
    },
    progress: (update) => {
      ctx.progress(update);
      poll();
    },
    log: (message) => {
      ctx.log(message);
      poll();
    },
  };
}

/** The same signal, which looks for a stop before it says whether there was one. */
function polledSignal(signal: AbortSignal, poll: () => void): AbortSignal {
  const isAborted = Object.getOwnPropertyDescriptor(AbortSignal.prototype, "aborted")?.get;
  const throwIfAborted = signal.throwIfAborted;
  return Object.defineProperties(signal, {
    aborted: {
      get: () => {
        poll();
        return isAborted?.call(signal);
      },
    },
    throwIfAborted: {
      value: () => {
        poll();
        throwIfAborted.call(signal);
      },
    },
  });
}
