import { nowMs } from "../live.ts";
import { ago, ahead, clockTime } from "../words/time.ts";

/** A moment, as far away as it is now; the exact time is told to who points at it. */
export function When({ ms, future = false }: { readonly ms: number | undefined; readonly future?: boolean }) {
  if (ms === undefined) return <span class="nothing">–</span>;
  const now = nowMs.value;
  return (
    <time dateTime={new Date(ms).toISOString()} title={clockTime(ms, now)}>
      {future ? ahead(ms, now) : ago(ms, now)}
    </time>
  );
}
