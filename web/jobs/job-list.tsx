import { signal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { jobAddress } from "../address.ts";
import { isNarrow } from "../parts/is-narrow.ts";
import type { KnownJob } from "../watch/known-job.ts";
import type { Order } from "./filter.ts";
import { JobRow, rowId } from "./job-row.tsx";
import { wantHistory } from "./run-history.ts";
import { rowAfter, type Sight, scrollFor, windowOf } from "./virtual-rows.ts";

export interface JobListProps {
  readonly jobs: readonly KnownJob[];
  /** Of which selection they are: the list of another begins at its top. */
  readonly query: string;
  readonly order: Order;
  readonly onOrder: (order: Order) => void;
}

/** Stay as they are while the reader looks at a job, and comes back. */
const remembered = { scrollTop: 0, query: "" };
const activeId = signal<string | undefined>(undefined);

/**
 * A list of any length, of which only the rows in sight are there. The list itself has the focus; the arrow keys move a
 * mark over its rows, and Enter opens the one that is marked.
 */
export function JobList({ jobs, query, order, onOrder }: JobListProps) {
  const box = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(remembered.scrollTop);
  const height = useSignal(innerHeight);
  const rowHeight = isNarrow.value ? 64 : 36;
  const headHeight = isNarrow.value ? 0 : 32;
  const sight: Sight = { count: jobs.length, rowHeight, scrollTop: scrollTop.value, height: height.value };
  const { first, end } = windowOf(sight);
  const shown = jobs.slice(first, end);
  const active =
    activeId.value === undefined ? -1 : jobs.findIndex(({ status }) => status.jobId === activeId.value);

  useLayoutEffect(() => {
    const list = box.current;
    if (list === null) return;
    const watcher = new ResizeObserver(() => {
      height.value = list.clientHeight;
    });
    watcher.observe(list);
    return () => watcher.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (remembered.query !== query) Object.assign(remembered, { query, scrollTop: 0 });
    if (box.current !== null) box.current.scrollTop = remembered.scrollTop;
  }, [query]);
  useEffect(() => wantHistory(shown.map(({ status }) => status.jobId)));

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current) return;
    const id = activeId.value;
    if (event.key === "Enter" && id !== undefined) location.hash = jobAddress(id);
    const next = rowAfter(event.key, active, sight);
    if (next === undefined) return;
    event.preventDefault();
    activeId.value = jobs[next]?.status.jobId;
    if (box.current !== null) box.current.scrollTop = scrollFor(next, sight, headHeight);
  };
  const isMarkedInSight = active >= first && active < end;
  return (
    <div
      ref={box}
      class="list"
      role="grid"
      tabIndex={0}
      aria-label="Jobs"
      aria-rowcount={jobs.length + 1}
      aria-activedescendant={isMarkedInSight ? rowId(active) : undefined}
      onKeyDown={onKeyDown}
      onScroll={({ currentTarget }) => {
        scrollTop.value = currentTarget.scrollTop;
        remembered.scrollTop = currentTarget.scrollTop;
      }}
      onClick={(event) => openRow(event)}
    >
      <Head order={order} onOrder={onOrder} />
      <div role="rowgroup" class="rows" style={{ height: `${jobs.length * rowHeight}px` }}>
        {shown.map((job, index) => (
          <JobRow
            key={job.status.jobId}
            job={job}
            index={first + index}
            top={(first + index) * rowHeight}
            isActive={first + index === active}
          />
        ))}
      </div>
    </div>
  );
}

/** The whole row leads to its job, unless text in it is being marked. */
function openRow({ target }: MouseEvent): void {
  const row = target instanceof Element ? target.closest(".row") : null;
  const jobId = row?.getAttribute("data-job");
  if (!jobId || getSelection()?.isCollapsed === false) return;
  activeId.value = jobId;
  location.hash = jobAddress(jobId);
}

function Head({ order, onOrder }: Pick<JobListProps, "order" | "onOrder">) {
  return (
    <div role="rowgroup" class="head">
      <div role="row" aria-rowindex={1} class="head-row">
        {heads.map(({ name, order: by }) => (
          <div
            key={name}
            role="columnheader"
            aria-sort={by === undefined ? undefined : by === order ? "ascending" : "none"}
          >
            {by === undefined ? (
              name
            ) : (
              <button type="button" class="ghost" onClick={() => onOrder(by)}>
                {name}
                {by === order && <span aria-hidden="true"> ↓</span>}
              </button>
            )}
          </div>
        ))}
      </div>
    </div>
  );
}

const heads: readonly { readonly name: string; readonly order?: Order }[] = [
  { name: "State", order: "state" },
  { name: "Job", order: "name" },
  { name: "Progress" },
  { name: "Next run", order: "next" },
  { name: "Last run" },
  { name: "Durations" },
  { name: "Says", order: "changed" },
];
