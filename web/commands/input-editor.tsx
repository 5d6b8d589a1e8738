import { useId } from "preact/hooks";
import type { JsonInput } from "./json-input.ts";

interface Text {
  value: string;
}

/** Edits the input of a job as JSON, and says at once where it is wrong. */
export function InputEditor({ text, read }: { readonly text: Text; readonly read: JsonInput }) {
  const problemId = useId();
  const size = new TextEncoder().encode(text.value).byteLength;
  return (
    <div class="editor">
      <label class="field">
        <span>Input, as JSON</span>
        <textarea
          rows={7}
          spellcheck={false}
          autocomplete="off"
          aria-invalid={!read.isRight}
          aria-describedby={problemId}
          value={text.value}
          onInput={({ currentTarget }) => {
            text.value = currentTarget.value;
          }}
        />
      </label>
      <div class="editor-foot">
        <p id={problemId} class={read.isRight ? "hint" : "problem"} role="status">
          {read.isRight ? sizeInWords(size) : `Line ${read.line}, column ${read.column}: ${read.problem}`}
        </p>
        <button
          type="button"
          disabled={!read.isRight}
          onClick={() => {
            if (read.isRight) text.value = JSON.stringify(read.value, null, 2);
          }}
        >
          Format
        </button>
      </div>
      {read.isRight ? null : <Excerpt text={text.value} line={read.line} column={read.column} />}
    </div>
  );
}

/** The line that is wrong, with a mark below the place. */
function Excerpt({
  text,
  line,
  column,
}: {
  readonly text: string;
  readonly line: number;
  readonly column: number;
}) {
  const whole = text.split("\n")[line - 1] ?? "";
  const start = Math.max(0, column - 30);
  const part = whole.slice(start, start + 60).replaceAll("\t", " ");
  return (
    <pre class="excerpt" aria-hidden="true">
      {`${part}\n${" ".repeat(column - 1 - start)}^`}
    </pre>
  );
}

function sizeInWords(bytes: number): string {
  return bytes > 60_000 ? `${bytes} bytes: a request may have 65,536 in all` : "An object; empty is {}";
}
