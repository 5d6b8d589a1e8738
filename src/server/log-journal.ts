import type { Journal, NotedRun } from "../telemetry/journal.ts";
import type { Log } from "./log.ts";
import { traceFields } from "./trace-fields.ts";

/** Writes what the core tells an operator into the log. */
export function createLogJournal(log: Log): Journal {
  return {
    runLost: (run) => log.warn(fieldsOf(run), "Run was lost: its server ended"),

    runForced: (run, stopping) => {
      const { requestedBy, reason } = stopping ?? {};
      log.warn({ ...fieldsOf(run), requestedBy, reason }, "Ending a run by force");
    },

    circuitChanged: (jobType, { state, failures }) => {
      if (state === "closed") log.info({ jobType }, "Circuit closed");
      else log.warn({ jobType, failures }, "Circuit opened: no attempt of the type begins for a while");
    },
  };
}

function fieldsOf({ trace, ...run }: NotedRun): object {
  return { ...run, ...traceFields(trace) };
}
