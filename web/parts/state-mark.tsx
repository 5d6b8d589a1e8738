import type { JobState } from "../../gen/jobcontrol/v1/job_pb.ts";
import { lookOf, type Shape } from "../words/states.ts";

/** A state in shape and colour; with its word, unless that stands beside it anyway. */
export function StateMark({ state, bare = false }: { readonly state: JobState; readonly bare?: boolean }) {
  const { word, tone, shape } = lookOf(state);
  return (
    <span class={`state tone-${tone}`}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path d={paths[shape].d} class={paths[shape].isFilled ? "filled" : "stroked"} />
      </svg>
      {bare ? null : <span>{word}</span>}
    </span>
  );
}

const paths: Readonly<Record<Shape, { readonly d: string; readonly isFilled: boolean }>> = {
  ring: { d: "M8 3a5 5 0 1 1 0 10A5 5 0 0 1 8 3", isFilled: false },
  clock: { d: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 0 1 0-11M8 5v3.2l2.2 1.4", isFilled: false },
  play: { d: "M4 2.6 13.2 8 4 13.4z", isFilled: true },
  again: { d: "M13 8a5 5 0 1 1-1.5-3.6M13 1.8v3h-3", isFilled: false },
  bars: { d: "M4 3h2.8v10H4zM9.2 3H12v10H9.2z", isFilled: true },
  "hollow-square": { d: "M3.5 3.5h9v9h-9z", isFilled: false },
  square: { d: "M4 4h8v8H4z", isFilled: true },
  check: { d: "M2.8 8.6 6.4 12 13.2 4.4", isFilled: false },
  cross: { d: "M3.6 3.6l8.8 8.8M12.4 3.6l-8.8 8.8", isFilled: false },
  question: { d: "M5.2 5.6a2.8 2.8 0 1 1 3.9 2.6c-.8.4-1.1.9-1.1 1.8M8 13v.2", isFilled: false },
};
