import { askToStart } from "../commands/asked.ts";
import { book, bookVersion } from "../live.ts";
import { changeQuery } from "../route.ts";
import { counted, grouped } from "../words/numbers.ts";
import { isEverything, readSelection, type Selection, select, selectionQuery } from "./filter.ts";
import { Filters } from "./filters.tsx";
import { JobList } from "./job-list.tsx";

/** All jobs, live. */
export function JobsPage({ query }: { readonly query: string }) {
  const version = bookVersion.value;
  const selection = readSelection(query);
  const jobs = select(book.jobs(), selection);
  const change = (to: Partial<Selection>) => changeQuery(selectionQuery({ ...selection, ...to }));
  return (
    <>
      <h1 class="unseen">Jobs</h1>
      <Filters selection={selection} onChange={change} version={version} />
      {jobs.length === 0 ? (
        <Nothing selection={selection} onChange={change} />
      ) : (
        <JobList jobs={jobs} query={query} order={selection.order} onOrder={(order) => change({ order })} />
      )}
      <footer class="foot">
        <span role="status">{countInWords(jobs.length, selection)}</span>
        <span class="keys">
          <kbd>/</kbd> search <kbd>↑</kbd> <kbd>↓</kbd> move <kbd>Enter</kbd> open
        </span>
      </footer>
    </>
  );
}

interface NothingProps {
  readonly selection: Selection;
  readonly onChange: (to: Partial<Selection>) => void;
}

function Nothing({ selection, onChange }: NothingProps) {
  if (!book.isComplete) return <p class="empty">Reading the jobs…</p>;
  if (isEverything(selection)) {
    return (
      <div class="empty">
        <p>There are no jobs yet.</p>
        <button type="button" onClick={() => askToStart()}>
          Start one…
        </button>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>No job is like that.</p>
      <button type="button" onClick={() => onChange({ text: "", states: [], type: "", labels: [] })}>
        Show all {grouped(book.size)}
      </button>
    </div>
  );
}

function countInWords(shown: number, selection: Selection): string {
  if (!book.isComplete) return `${counted(book.size, "job")} so far…`;
  return isEverything(selection)
    ? counted(shown, "job")
    : `${grouped(shown)} of ${counted(book.size, "job")}`;
}
