import { useSignal } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import type { JobStatus } from "../../gen/jobcontrol/v1/job_pb.ts";
import { OutputLine_Source as Source } from "../../gen/jobcontrol/v1/output_pb.ts";
import { memo } from "../parts/memo.ts";
import { useFollower } from "../parts/use-follower.ts";
import { jobControl } from "../service.ts";
import { causeInWords } from "../watch/cause-in-words.ts";
import type { Connection } from "../watch/connection.ts";
import { failureInWords } from "../words/failure.ts";
import { counted, grouped } from "../words/numbers.ts";
import { plain } from "../words/plain.ts";
import { clockTime } from "../words/time.ts";
import {
  type Block,
  countLines,
  emptyOutput,
  type OutputBuffer,
  type ShownLine,
  withOutput,
} from "./output-buffer.ts";

export interface OutputProps {
  readonly status: JobStatus;
  /** Empty: of the newest run, whichever that becomes. */
  readonly runId: string;
  readonly onLatest: () => void;
}

/** What a run writes, as it writes it. The newest lines stay in sight until the reader scrolls away from them. */
export function Output({ status: { jobId, currentRun }, runId, onLatest }: OutputProps) {
  const shownRun = runId || currentRun?.runId;
  const output = useSignal<OutputBuffer>(emptyOutput);
  const connection = useSignal<Connection>({ kind: "connecting" });
  const box = useRef<HTMLDivElement>(null);
  const isAtEnd = useSignal(true);
  const retry = useFollower(shownRun, {
    open(signal) {
      // Lines have no token: what was cut off is read from the beginning.
      output.value = emptyOutput;
      return jobControl.watchOutput({ jobId, runId: shownRun ?? "", tail: 3000, follow: true }, { signal });
    },
    onMessage({ lines, dropped }) {
      output.value = withOutput(output.value, lines, dropped);
      return undefined;
    },
    onConnection(now) {
      connection.value = now;
    },
    endsByItself: true,
  });
  useLayoutEffect(() => {
    if (isAtEnd.value && box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [output.value]);
  const { blocks, left } = output.value;
  return (
    <section class="card output" aria-label="Output">
      <div class="run-line">
        <h2>Output</h2>
        <span class="hint">{stateInWords(connection.value, countLines(output.value))}</span>
        {connection.value.kind === "waiting" && (
          <button type="button" onClick={retry}>
            Try now
          </button>
        )}
        {runId === "" || runId === currentRun?.runId ? null : (
          <button type="button" onClick={onLatest}>
            Newest run
          </button>
        )}
        {isAtEnd.value ? null : (
          <button
            type="button"
            onClick={() => {
              box.current?.scrollTo({ top: box.current.scrollHeight });
            }}
          >
            Newest lines ↓
          </button>
        )}
      </div>
      <div
        ref={box}
        class="lines"
        role="log"
        aria-live="off"
        aria-label="Lines"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
          isAtEnd.value = scrollHeight - scrollTop - clientHeight < 24;
        }}
      >
        {left > 0 && <p class="lost">{counted(left, "earlier line")} not shown</p>}
        {blocks.map((block) => (
          <Lines key={block.id} block={block} />
        ))}
      </div>
    </section>
  );
}

const Lines = memo(({ block }: { readonly block: Block }) => (
  <div class="block">
    {block.lines.map((line, index) => (
      <Line key={index} line={line} />
    ))}
  </div>
));

function Line({ line }: { readonly line: ShownLine }) {
  if (line.kind === "lost") return <p class="lost">{grouped(line.count)} lines were lost here</p>;
  const { ms, source, text } = line;
  return (
    <div class={source === Source.STDERR ? "line line-err" : "line"}>
      <time>{clockTime(ms, ms)}</time>
      <span class="source">{sources[source] ?? ""}</span>
      <span class="text">{text}</span>
    </div>
  );
}

const sources: Partial<Record<Source, string>> = {
  [Source.LOG]: "log",
  [Source.STDOUT]: "out",
  [Source.STDERR]: "err",
};

function stateInWords(connection: Connection, lines: number): string {
  switch (connection.kind) {
    case "waiting":
      return causeInWords(connection.cause);
    case "over":
      if (connection.failure === undefined) return lines === 0 ? "It wrote nothing" : counted(lines, "line");
      if (connection.failure.reason === "RUN_NOT_FOUND") return "Nothing is kept of what this run wrote";
      return plain(failureInWords(connection.failure));
    case "live":
      return `${counted(lines, "line")}, more as they come`;
    case "connecting":
      return lines === 0 ? "Nothing written yet" : counted(lines, "line");
    case "resting":
      return "";
  }
}
