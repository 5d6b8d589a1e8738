import type { MessageInitShape } from "@bufbuild/protobuf";
import { durationFromMs } from "@bufbuild/protobuf/wkt";
import type { ScheduleSchema } from "../../gen/jobcontrol/v1/schedule_pb.ts";

/** A schedule as it is typed. */
export interface TypedSchedule {
  readonly kind: "own" | "interval" | "cron";
  /** Seconds, or an expression. */
  readonly text: string;
  readonly timeZone: string;
}

export const typesOwn: TypedSchedule = { kind: "own", text: "", timeZone: "" };

export type ReadSchedule =
  | { readonly isRight: true; readonly schedule?: MessageInitShape<typeof ScheduleSchema> }
  | { readonly isRight: false; readonly problem: string };

/** Whether a cron expression is right is left to the server, which is the one to read it. */
export function readSchedule({ kind, text, timeZone }: TypedSchedule): ReadSchedule {
  if (kind === "own") return { isRight: true };
  if (kind === "cron") {
    if (text.trim() === "") return { isRight: false, problem: "An expression such as 0 2 * * * is expected" };
    return {
      isRight: true,
      schedule: { when: { case: "cron", value: text.trim() }, timeZone: timeZone.trim() },
    };
  }
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds >= 0.01))
    return { isRight: false, problem: "At least 0.01 seconds are expected" };
  return { isRight: true, schedule: { when: { case: "interval", value: durationFromMs(seconds * 1000) } } };
}
